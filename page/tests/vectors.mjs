// usage: node vectors.mjs PAGE NOW < questions. Answers each question, a JSON line {file, trust, trust_timestamps, record}, with what the page's
// own WebAssembly module says of that file, a JSON line. The module is taken out of the page, as a browser would.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';

const [page, now] = process.argv.slice(2);
const packed = /<script type="application\/octet-stream" id="verifier">([^<]+)<\/script>/.exec(readFileSync(page, 'utf8'))[1];
const compiled = new WebAssembly.Module(gunzipSync(Buffer.from(packed, 'base64')));

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const { file, trust, trust_timestamps, record } = JSON.parse(line);
  const bytes = readFileSync(file);
  let verifier = null;
  const read_at = (offset, into, length) => {
    const part = bytes.subarray(Number(offset), Number(offset) + length);
    new Uint8Array(verifier.memory.buffer, into >>> 0, part.length).set(part);
    return part.length;
  };
  // A fresh instance for each file, as the page has a fresh worker.
  verifier = new WebAssembly.Instance(compiled, { backproof: { read_at } }).exports;
  const question = Buffer.from(JSON.stringify({ ask: 'verify', file: basename(file), now, trust: { pem: trust }, trust_timestamps: { pem: trust_timestamps }, record: record ? readFileSync(record).toString('base64') : '' }));
  // Memory may grow with it, which detaches the buffer: the place first.
  const place = verifier.reserve(question.length) >>> 0;
  new Uint8Array(verifier.memory.buffer, place, question.length).set(question);
  if (verifier.answer(BigInt(bytes.length)) !== 0) throw new Error('not JSON');
  const answer = Buffer.from(new Uint8Array(verifier.memory.buffer, verifier.answer_start() >>> 0, verifier.answer_length() >>> 0));
  // The text of the answer, so that the order of members counts as well.
  console.log(answer.toString());
}
