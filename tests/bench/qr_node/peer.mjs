// Draws jobs with qr-code-styling: one JSON object a line in, one a line out.
// {options, kind: "svg"|"png", repeat} -> {milliseconds: median, data: base64, matrix: [[bool]], canvas: name}
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { JSDOM } from "jsdom";

const require = createRequire(import.meta.url);
const { QRCodeStyling } = require("qr-code-styling/lib/qr-code-styling.common.js");

// node-canvas is the faster peer; it needs Cairo's headers to install, so the other stands in where they are missing.
let canvas, canvasName;
try {
  canvas = require("canvas");
  canvasName = "node-canvas";
} catch {
  canvas = require("@napi-rs/canvas");
  canvasName = "@napi-rs/canvas";
}

async function draw(job) {
  const code = new QRCodeStyling({ ...job.options, jsdom: JSDOM, nodeCanvas: canvas, type: job.kind === "svg" ? "svg" : "canvas" });
  const data = await code.getRawData(job.kind);
  return { code, data: Buffer.from(data) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  const times = [];
  let last;
  for (let round = 0; round < (job.repeat ?? 1); round++) {
    const start = performance.now();
    last = await draw(job);
    times.push(performance.now() - start);
  }
  times.sort((one, other) => one - other);
  const count = last.code._qr.getModuleCount();
  const matrix = Array.from({ length: count }, (_, row) =>
    Array.from({ length: count }, (_, column) => last.code._qr.isDark(row, column)));
  console.log(JSON.stringify({
    milliseconds: times[Math.floor(times.length / 2)], data: last.data.toString("base64"), matrix, canvas: canvasName,
  }));
}
