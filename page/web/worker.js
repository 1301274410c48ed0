'use strict';
// One worker sees one file. It reads it range by range, so that a bundle of gigabytes never stands in memory, and the page stays free.
let file = null, verifier = null, read = 0, told = 0, asked = 0;

function readAt(offset, into, length) {
  const start = Number(offset);
  try {
    const bytes = new FileReaderSync().readAsArrayBuffer(file.slice(start, start + length));
    new Uint8Array(verifier.memory.buffer, into >>> 0, bytes.byteLength).set(new Uint8Array(bytes));
    read += bytes.byteLength;
    if (Date.now() - told > 80) {
      told = Date.now();
      postMessage({ id: asked, read });
    }
    return bytes.byteLength;
  } catch {
    return 0;
  }
}

function ask(question) {
  const bytes = new TextEncoder().encode(JSON.stringify(question));
  const place = verifier.reserve(bytes.length) >>> 0;
  new Uint8Array(verifier.memory.buffer, place, bytes.length).set(bytes);
  const kind = verifier.answer(BigInt(file ? file.size : 0));
  const answer = new Uint8Array(verifier.memory.buffer, verifier.answer_start() >>> 0, verifier.answer_length() >>> 0).slice();
  return kind === 1 ? { bytes: answer } : { json: JSON.parse(new TextDecoder().decode(answer)) };
}

onmessage = async ({ data }) => {
  try {
    if (data.module) {
      file = data.file;
      verifier = (await WebAssembly.instantiate(data.module, { backproof: { read_at: readAt } })).instance.exports;
      postMessage({ ready: true });
      return;
    }
    asked = data.id;
    read = 0;
    const answer = ask(data.question);
    postMessage({ id: data.id, ...answer });
  } catch (error) {
    // A trap leaves memory in doubt: the page ends this worker, and nothing counts as verified.
    postMessage({ id: data.id, fatal: String(error) });
  }
};
