// h5wasm, the HDF5 library in a browser or Node.
import h5wasm from "h5wasm/node";
import { say, words } from "./say.mjs";
await h5wasm.ready;
const file = new h5wasm.File(process.argv[2], "r");
const take = (name) => ({ shape: file.get(name).shape, value: file.get(name).value });
const attribute = (name, key) => (name ? file.get(name) : file).attrs[key].value;
if (typeof attribute(null, "schema_version") !== "number") throw new Error("schema_version");
say(take, attribute, words);
