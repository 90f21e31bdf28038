// node compile.js FILE.sol: prints the creation code of each of the file's contracts, as JSON.
const fs = require("fs");
const solc = require("solc");

const content = fs.readFileSync(process.argv[2], "utf8");
const input = {
  language: "Solidity",
  sources: { "source.sol": { content } },
  settings: {
    evmVersion: "paris",
    outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
const errors = (output.errors || []).filter((error) => error.severity === "error");
if (errors.length) {
  console.error(errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
const found = {};
for (const [name, contract] of Object.entries(output.contracts["source.sol"])) {
  found[name] = contract.evm.bytecode.object;
}
console.log(JSON.stringify(found));
