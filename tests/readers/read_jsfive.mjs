// jsfive, HDF5 in JavaScript alone.
import { readFileSync } from "node:fs";
import * as hdf5 from "jsfive";
import { say, words } from "./say.mjs";
console.warn = console.log = () => {}; // it tells of references, which it does not follow
const bytes = readFileSync(process.argv[2]);
const file = new hdf5.File(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const take = (name) => ({ shape: file.get(name).shape, value: file.get(name).value });
const attribute = (name, key) => (name ? file.get(name) : file).attrs[key];
say(take, attribute, words);
