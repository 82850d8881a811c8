// Part files into a store of your own: any place that keeps bytes by name. Here it is a Map; put, get, list and delete are all it takes.
import { exportProfiles } from "engage-export";
import { partFiles } from "engage-export/files";
import { account } from "./account.js";

const files = new Map();
const store = {
  name: "memory",
  put: async (name, bytes) => void files.set(name, bytes),
  get: async (name) => files.get(name),
  list: async () => [...files.keys()],
  delete: async (name) => void files.delete(name),
};

const sink = await partFiles({ store, profilesPerFile: 500 });
await exportProfiles({ ...account, sink });
const { parts } = JSON.parse(new TextDecoder().decode(files.get("_export.json")));
for (const { rows } of parts) console.log(`a part of ${rows} profiles`);
