// Runs a Solana node: real programs behind real JSON-RPC, offline, a slot for each transaction.
// Says its address and its funded key in one line; ends when its standard input does.
//
// Where a Surfnet tells things otherwise than a cluster, the line before it mends them: its blocks
// tell thousands of seconds for their time; it takes the slot that a node has to have reached for
// a listing to be the listing's first slot; it names as the first block kept the first one there
// ever was; and an answer for the finalized commitment carries the newest slot. The state in it is
// the newest one all the same, so whoever asks for final balances first makes everything final.
const http = require("http");
const { Surfnet } = require("@solana/surfpool-linux-x64-gnu");

const node = Surfnet.startWithConfig({
  offline: true,
  blockProductionMode: "transaction",
  slotTimeMs: 1,
});
const upstream = new URL(node.rpcUrl);
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

function ask(body) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.length };
    const asked = http.request(upstream, { method: "POST", headers, agent }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => resolve(Buffer.concat(pieces)));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

async function told(method, ...params) {
  const question = { jsonrpc: "2.0", id: 1, method, params };
  return JSON.parse(await ask(Buffer.from(JSON.stringify(question)))).result;
}

async function mended(body) {
  const question = JSON.parse(body);
  const { method, params = [] } = question;
  if (method === "getSignaturesForAddress" && params[1]?.minContextSlot) {
    const { minContextSlot, ...asked } = params[1];
    if ((await told("getSlot", { commitment: "confirmed" })) < minContextSlot) {
      const error = { code: -32016, message: "Minimum context slot has not been reached" };
      return Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: question.id, error }));
    }
    return ask(Buffer.from(JSON.stringify({ ...question, params: [params[0], asked] })));
  }
  const isFinal = params.some((each) => each?.commitment === "finalized");
  const slot = isFinal ? await told("getSlot", { commitment: "finalized" }) : null;
  const raw = await ask(body);
  const isTimed = method === "getBlock" || method === "getTransaction";
  if (!isFinal && !isTimed && method !== "getFirstAvailableBlock") return raw;
  const answer = JSON.parse(raw);
  const { result } = answer;
  if (method === "getFirstAvailableBlock") answer.result = 0;
  if (isFinal && result?.context) result.context.slot = slot;
  if (isTimed && result) result.blockTime = await told("getBlockTime", result.slot ?? params[0]);
  return Buffer.from(JSON.stringify(answer));
}

const line = http.createServer(async (asked, answer) => {
  const pieces = [];
  for await (const piece of asked) pieces.push(piece);
  try {
    const body = await mended(Buffer.concat(pieces));
    answer.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    answer.end(body);
  } catch (error) {
    answer.writeHead(502).end(String(error));
  }
});
line.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${line.address().port}`;
  process.stdout.write(JSON.stringify({ url, key: Array.from(node.payerSecretKey) }) + "\n");
});
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
