declare module "*.wat" {
  /** The assembled module. */
  const base64: string;
  export default base64;
}
