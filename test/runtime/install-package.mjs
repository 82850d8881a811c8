import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "./run-process.mjs";

/** Packs the package and installs it with its peers into an empty project: the project's path. */
export async function installPackage(work) {
  const project = join(work, "project");
  await mkdir(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const { name, version, peerDependencies } = JSON.parse(await readFile("package.json", "utf8"));
  await runOrThrow("npm", ["pack", "--ignore-scripts", "--pack-destination", work]);
  const peers = Object.entries(peerDependencies).map(([peer, range]) => `${peer}@${range}`);
  const tarball = join(work, `${name}-${version}.tgz`);
  await runOrThrow("npm", ["install", "--no-audit", "--no-fund", tarball, ...peers], { cwd: project });
  return project;
}
