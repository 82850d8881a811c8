// Ours, the command: into a file, by its ending, that it could resume.
import { commandEnvironment } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

Object.assign(process.env, commandEnvironment(task.url));
process.argv.splice(2, 1, ...(task.out === undefined ? [] : ["--out", task.out]), "--quiet");
await import("../../dist/cli.js");
