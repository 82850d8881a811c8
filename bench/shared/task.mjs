/** What the program that is measured was asked to do. */
export const task = JSON.parse(process.argv[2]);
