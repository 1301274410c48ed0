'use strict';
// The face of the verifier. It decides nothing: outcomes, bottom line and words come from the verifier, and no answer is no verdict.
(() => {
  const $ = (id) => document.getElementById(id);
  const HITS_MAX = 200;
  const SHOWN_MAX = 400000;

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === 'onclick') made.addEventListener('click', value);
      else if (value !== null) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  // ---- the verifier, in a worker of its own for each file ----
  let module = null, worker = null, waiting = new Map(), number = 0;

  async function wasm() {
    if (module) return module;
    const packed = Uint8Array.from(atob($('verifier').textContent.trim()), (char) => char.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
    module = await new Response(stream).arrayBuffer();
    return module;
  }

  function end(reason) {
    if (worker) worker.terminate();
    worker = null;
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
  }

  async function open(file) {
    end('another file was chosen');
    const url = URL.createObjectURL(new Blob([$('worker').textContent], { type: 'text/javascript' }));
    const own = new Worker(url);
    worker = own;
    await new Promise((resolve, reject) => {
      waiting.set(0, { resolve, reject });
      own.onerror = (event) => { if (worker === own) end('the verifier stopped: ' + (event.message || 'no reason given')); };
      own.onmessage = ({ data }) => {
        if (worker !== own) return;
        if (data.fatal !== undefined) return end('the verifier stopped: ' + data.fatal);
        if (data.ready) { waiting.delete(0); return resolve(); }
        const asked = waiting.get(data.id);
        if (!asked) return;
        if (data.read !== undefined) return asked.progress(data.read);
        waiting.delete(data.id);
        if (data.json && data.json.error) asked.reject(new Error(data.json.error));
        else asked.resolve(data.bytes || data.json);
      };
      wasm().then((bytes) => own.postMessage({ module: bytes, file }), reject);
    });
    URL.revokeObjectURL(url);
  }

  function ask(question, progress = () => {}) {
    if (!worker) return Promise.reject(new Error('no file is open'));
    const id = ++number;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, progress });
      worker.postMessage({ id, question });
    });
  }

  // ---- what is given ----
  let file = null, round = 0, results = null;
  const given = { root: '', stamp: '', record: null };

  function clock() {
    const now = new Date();
    $('clock').dateTime = now.toISOString();
    $('clock').textContent = now.toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
  }

  const bytes = (count) => count.toLocaleString('en') + (count === 1 ? ' byte' : ' bytes');

  function take(chosen) {
    if (!chosen) return;
    file = chosen;
    $('file-name').textContent = `${file.name} · ${bytes(file.size)}`;
    $('file-name').hidden = false;
    $('go').disabled = false;
    verify();
  }

  async function takeRoot(which, chosen) {
    given[which] = '';
    $(which + '-name').textContent = 'none';
    if (chosen) {
      given[which] = chosen.size > 1 << 20 ? 'too long' : await chosen.text();
      $(which + '-name').textContent = chosen.name;
    }
    if (file) verify();
  }

  async function base64(chosen) {
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  }

  const trust = (which) => {
    const print = $(which + '-print').value.trim();
    return { pem: given[which], fingerprints: print ? [print] : [] };
  };

  // ---- verification ----
  function busy(on) {
    $('progress-box').hidden = !on;
    $('stop').hidden = !on;
    $('go').disabled = on || !file;
  }

  function clear() {
    $('result').hidden = true;
    $('content').hidden = true;
    results = null;
    for (const id of ['warnings', 'facts', 'aspects', 'notes', 'hits', 'hits-count']) $(id).replaceChildren();
  }

  async function verify() {
    const own = ++round;
    clear();
    clock();
    $('progress').value = 0;
    $('live').textContent = `Checking ${file.name}.`;
    busy(true);
    try {
      await open(file);
      const question = {
        ask: 'verify', file: file.name, now: new Date().toISOString(), trust: trust('root'), trust_timestamps: trust('stamp'),
        record: given.record ? await base64(given.record) : '',
      };
      // Packed bytes are read once to unpack them, and once more for the list that pins how they are packed.
      const answer = await ask(question, (read) => { $('progress').value = Math.min(990, read / (2 * file.size) * 1000); });
      if (own !== round) return;
      const words = await ask({ ask: 'words' });
      if (own !== round) return;
      show(answer, words, question.now);
      if (answer.readable) await showContent(answer.verification.verdict);
    } catch (error) {
      if (own === round) showError(error);
    } finally {
      if (own === round) busy(false);
    }
  }

  function headline(word, verdict, line, hint) {
    $('banner').className = 'banner ' + verdict;
    $('verdict').textContent = word;
    $('bottom-line').textContent = line;
    $('verdict-hint').textContent = hint;
    $('result').hidden = false;
    document.title = `${word} · ${file.name}`;
    $('live').textContent = `${word}. ${line}`;
    if ($('banner').getBoundingClientRect().bottom > innerHeight) $('result').scrollIntoView();
  }

  function showError(error) {
    headline('Undecided', 'undecided', 'Nothing was verified: ' + error.message + '.', 'No verdict was reached. This is no sign that the file is good.');
  }

  function fact(list, name, value, code = false) {
    if (value === null || value === undefined || value === '') return;
    list.append(element('dt', {}, name), element('dd', code ? { class: 'code' } : {}, value));
  }

  const outcomeWord = { ok: 'holds', undecided: 'undecided', failed: 'FAILED' };

  function show(answer, words, now) {
    const found = answer.verification;
    showUnproven(words);
    headline(answer.headline, found.verdict, sentence(answer.bottom_line), answer.advice);
    const facts = $('facts');
    fact(facts, 'File', `${file.name}, ${bytes(file.size)}`);
    if (answer.bundle) {
      fact(facts, 'Says it is', `bundle ${answer.bundle.bundle_id} of ${answer.bundle.entity}`);
      fact(facts, 'Period', `${answer.bundle.period.start} up to, not including, ${answer.bundle.period.end}`);
      fact(facts, 'Made by', answer.bundle.tool);
    }
    if (found.signer) {
      fact(facts, 'Signed by', found.signer.subject);
      fact(facts, 'Issued by', found.signer.issuer);
      fact(facts, 'Certificate', 'SHA-256 ' + found.signer.certificate_sha256, true);
      const stamp = found.signer.time_stamp;
      if (stamp) fact(facts, 'Time stamp', `signed by ${stamp.latest} at the latest, by the word of ${stamp.authority}`);
    }
    fact(facts, 'Trust root', named('root') || 'none was given');
    if (named('stamp')) fact(facts, 'For time stamps', named('stamp'));
    fact(facts, 'Checked at', `${now.slice(0, 19)}Z, by this device's clock`);
    if (found.signer && found.signer.development) {
      $('warnings').append(element('p', { class: 'warning' }, element('strong', {}, 'A development identity signed this. '), 'It shows integrity, not origin; not for audit use.'));
    }
    for (const { aspect, meaning } of words.aspects) {
      const checks = found.checks.filter((check) => check.aspect === aspect);
      // A report by itself has no list of what belongs to it: an aspect without a check is left out, not called good.
      if (checks.length) $('aspects').append(showAspect(aspect, meaning, found.aspects[aspect], checks, words.codes));
    }
    $('notes').append(...found.notes.map((note) => element('li', {}, sentence(note))));
  }

  const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

  function named(which) {
    const { pem, fingerprints } = trust(which);
    return [pem ? $(which + '-name').textContent : '', fingerprints.length ? 'fingerprint ' + fingerprints[0] : ''].filter(Boolean).join(', ');
  }

  function showAspect(aspect, meaning, outcome, checks, codes) {
    const rank = { failed: 0, undecided: 1, ok: 2 };
    const sorted = [...checks].sort((a, b) => rank[a.outcome] - rank[b.outcome]);
    const lines = sorted.map((check) => element('li', { class: check.outcome },
      element('p', {}, element('span', { class: 'outcome ' + check.outcome }, outcomeWord[check.outcome]), ' · ', element('span', { class: 'code' }, check.code), ' · ', check.subject),
      element('p', {}, codes[check.code] || ''),
      element('p', { class: 'detail' }, check.detail)));
    const made = element('details', { class: 'aspect', ...(outcome === 'ok' ? {} : { open: '' }) },
      element('summary', {}, element('span', { class: 'name' }, aspect), element('span', { class: 'meaning' }, meaning),
        element('span', { class: 'outcome ' + outcome }, outcomeWord[outcome])),
      element('ul', { class: 'checks' }, ...lines));
    return made;
  }

  function showUnproven(words) {
    $('unproven').replaceChildren(...words.not_proven.map((text) => element('li', {}, text + '.')));
  }

  // ---- what the bundle says ----
  async function showContent(verdict) {
    const files = await ask({ ask: 'files' });
    $('files').tBodies[0].replaceChildren(...files.map((entry) => {
      const digest = element('td', { class: 'code' }, entry.sha256);
      const again = element('button', { type: 'button', class: 'quiet', 'aria-label': `Hash ${entry.path} again`, onclick: () => hashFile(entry.path, again, digest) }, 'Hash again');
      const keep = element('button', { type: 'button', class: 'quiet', 'aria-label': `Save ${entry.path}`, onclick: () => saveFile(entry.path) }, 'Save');
      return element('tr', {}, element('td', {}, entry.path), element('td', { class: 'number' }, entry.size.toLocaleString('en')), digest, element('td', {}, again, ' ', keep));
    }));
    $('content-hint').textContent = verdict === 'verified' ? 'As its signer wrote it.' : 'Undecided: these are the bytes that were signed, but nobody can tell by whom, or not all could be checked.';
    try {
      const text = new TextDecoder().decode(await ask({ ask: 'file', path: 'data/results.json' }));
      results = rows(JSON.parse(text));
    } catch (error) {
      results = null;
      $('hits-count').textContent = 'The results can\'t be shown: ' + error.message;
    }
    $('search-form').hidden = !results;
    $('content').hidden = false;
    search();
  }

  // Everything that was concluded, a line each, the weightiest first.
  function rows(said) {
    const found = [];
    const add = (kind, id, state, texts, evidence = []) => found.push({ kind, id, state, texts: texts.filter(Boolean), evidence, all: [id, state, kind, ...texts].join(' ').toLowerCase() });
    for (const test of said.tests || []) {
      for (const entry of test.exceptions || []) add('exception', entry.id, 'EXCEPTION', [entry.item, entry.condition, 'Criterion: ' + entry.criterion, 'Severity: ' + entry.severity], entry.evidence);
      for (const entry of test.indeterminate || []) add('open item', entry.id, 'INDETERMINATE', [entry.item, entry.reason, 'What would settle it: ' + entry.resolves], entry.evidence);
    }
    for (const control of said.controls || []) add('control', control.id, control.state, ['Statements: ' + control.statements.join(', ')]);
    for (const statement of said.statements || []) add('statement', statement.id, statement.state, ['Tests: ' + statement.tests.join(', ')]);
    for (const test of said.tests || []) {
      add('test', test.id, test.state, [`${test.population} ${test.population_unit}, ${test.population_proven ? 'proven to be all' : 'not proven to be all'}`, test.not_tested_reason]);
      for (const observation of test.observations || []) add('observation', test.id, '', [observation.text], observation.evidence);
    }
    const told = new Set(['EXCEPTION', 'INDETERMINATE']);
    for (const test of said.tests || []) {
      for (const item of test.items || []) if (!told.has(item.state)) add('item', test.id, item.state, [item.item], item.evidence);
    }
    return found;
  }

  function search() {
    if (!results) return;
    const wanted = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const state = $('state').value;
    const hits = results.filter((row) => (!state || row.state === state) && wanted.every((word) => row.all.includes(word)));
    $('hits-count').textContent = hits.length > HITS_MAX ? `${hits.length.toLocaleString('en')} results; the first ${HITS_MAX} are shown.` : hits.length === 1 ? '1 result.' : `${hits.length.toLocaleString('en')} results.`;
    $('hits').replaceChildren(...hits.slice(0, HITS_MAX).map((row) => {
      const [first, ...others] = row.texts;
      return element('li', {},
        element('p', {}, element('strong', {}, row.id), ` ${row.kind} `, row.state ? element('span', { class: 'state ' + row.state }, row.state.replaceAll('_', ' ')) : null),
        first ? element('p', {}, first) : null,
        ...others.map((text) => element('p', { class: 'hint' }, text)),
        row.evidence.length ? element('p', { class: 'cites' }, ...row.evidence.slice(0, 40).map(citation), row.evidence.length > 40 ? `and ${row.evidence.length - 40} more` : null) : null);
    }));
  }

  function citation(cited) {
    if (cited.startsWith('searched:')) return element('span', { class: 'hint' }, 'searched: ' + cited.slice(9));
    const at = cited.indexOf('#');
    const [digest, pointer] = at < 0 ? [cited, ''] : [cited.slice(0, at), cited.slice(at + 1)];
    return element('button', { type: 'button', class: 'quiet code', 'aria-label': `Evidence ${digest.slice(0, 12)} ${pointer}`, onclick: () => showRecord(digest, pointer) }, `${digest.slice(0, 12)}…${pointer}`);
  }

  // The place that a JSON pointer names (RFC 6901).
  function pointed(value, pointer) {
    for (const part of pointer.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
      value = value[key];
    }
    return value;
  }

  let shown = null;

  async function showRecord(digest, pointer) {
    shown = { digest, text: null };
    for (const id of ['record-facts', 'record-requests', 'record-value', 'record-text', 'record-place']) $(id).replaceChildren();
    $('record-digest').textContent = 'Reading…';
    $('save').disabled = true;
    if (!$('record').open) $('record').showModal();
    try {
      const found = await hashRecord(digest);
      const facts = $('record-facts');
      fact(facts, 'Lies in', `${found.tar}, member ${found.member}`);
      fact(facts, 'Bytes', found.size.toLocaleString('en'));
      $('record-requests-count').textContent = found.requests.length === 1 ? 'The request that brought it' : `The ${found.requests.length} requests that brought it`;
      for (const request of found.requests) {
        const { received_at, ...others } = request;
        fact($('record-requests'), received_at || 'at a time not told', Object.entries(others).filter(([, value]) => value).map(([name, value]) => `${name} ${value}`).join(' · '));
      }
      shown.text = found.text;
      $('save').disabled = found.text === null;
      $('record-text').textContent = found.text === null ? 'Not a text, or too long to be shown.' : found.text.slice(0, SHOWN_MAX);
      $('record-place').textContent = pointer ? 'The record at ' + pointer : 'The record';
      let value;
      try { value = found.text === null ? undefined : pointed(JSON.parse(found.text), pointer); } catch { value = undefined; }
      $('record-value').textContent = value === undefined ? 'Nothing to show at this place: see the whole page.' : JSON.stringify(value, null, 2).slice(0, SHOWN_MAX);
    } catch (error) {
      $('record-digest').textContent = 'It can\'t be read: ' + error.message;
    }
  }

  async function hashRecord(digest) {
    const found = await ask({ ask: 'record', sha256: digest });
    $('record-digest').textContent = found.same
      ? `Hashed at ${new Date().toISOString().slice(11, 19)} UTC: SHA-256 ${found.found}, which is the digest that was cited.`
      : `NOT THE SAME: SHA-256 is ${found.found}, cited is ${found.listed}.`;
    return found;
  }

  async function hashFile(path, button, cell) {
    button.disabled = true;
    try {
      const found = await ask({ ask: 'digest', path });
      cell.textContent = found.found;
      cell.append(element('span', { class: 'outcome ' + (found.same ? 'ok' : 'failed') }, found.same ? ' the same' : ` NOT THE SAME: listed is ${found.listed}`));
      $('live').textContent = `${path}: ${found.same ? 'the same digest' : 'NOT the same digest'}.`;
    } catch (error) {
      $('live').textContent = `${path} can't be read: ${error.message}`;
      cell.append(element('span', { class: 'outcome failed' }, ' ' + error.message));
    }
    button.disabled = false;
  }

  function save(name, content) {
    const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
    const link = element('a', { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  async function saveFile(path) {
    try { save(path.split('/').pop(), await ask({ ask: 'file', path })); } catch (error) { $('live').textContent = error.message; }
  }

  // ---- what the reader does ----
  $('file').addEventListener('change', (event) => take(event.target.files[0]));
  for (const which of ['root', 'stamp']) {
    $(which + '-file').addEventListener('change', (event) => takeRoot(which, event.target.files[0]));
    $(which + '-print').addEventListener('change', () => { if (file) verify(); });
  }
  $('of-proof-file').addEventListener('change', (event) => {
    given.record = event.target.files[0] || null;
    $('of-proof-name').textContent = given.record ? given.record.name : 'none';
    if (file) verify();
  });
  $('given').addEventListener('submit', (event) => { event.preventDefault(); if (file) verify(); });
  $('stop').addEventListener('click', () => end('you stopped it'));
  $('search-form').addEventListener('submit', (event) => event.preventDefault());
  $('search').addEventListener('input', search);
  $('state').addEventListener('change', search);
  $('rehash').addEventListener('click', () => hashRecord(shown.digest).catch((error) => { $('record-digest').textContent = 'It can\'t be read: ' + error.message; }));
  $('save').addEventListener('click', () => { if (shown.text !== null) save(shown.digest + '.json', shown.text); });
  for (const name of ['dragover', 'dragenter']) addEventListener(name, (event) => { event.preventDefault(); document.body.classList.add('dropping'); });
  addEventListener('dragleave', (event) => { if (!event.relatedTarget) document.body.classList.remove('dropping'); });
  addEventListener('drop', (event) => { event.preventDefault(); document.body.classList.remove('dropping'); take(event.dataTransfer.files[0]); });
  addEventListener('beforeprint', () => { for (const details of document.querySelectorAll('.aspect')) details.open = true; });

  clock();
  setInterval(clock, 30000);
  // The words are there before any file is.
  open(null).then(() => ask({ ask: 'words' })).then(
    showUnproven,
    (error) => { if (!file) { $('live').textContent = 'This browser can\'t run the verifier: ' + error.message; $('file-hint').textContent = 'This browser can\'t run the verifier (' + error.message + '): nothing will be verified.'; } });
})();
