// node compile.js FILE.sol: prints the creation code of the file's one contract, in hex.
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
const [contract] = Object.values(output.contracts["source.sol"]);
console.log(contract.evm.bytecode.object);
