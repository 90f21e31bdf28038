// node checksum.js < FILE: prints the checksum of a Transaction Builder batch file.
// Reckoned in the builder's own language, with its own JSON and another keccak than the service's.
const { keccak256 } = require("js-sha3");

function told(value) {
  if (Array.isArray(value)) return "[" + value.map(told).join(",") + "]";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return "{" + JSON.stringify(keys) + keys.map((key) => told(value[key]) + ",").join("") + "}";
}

const file = JSON.parse(require("fs").readFileSync(0, "utf8"));
delete file.meta.checksum;
file.meta.name = null;
console.log("0x" + keccak256(told(file)));
