// usage: node browser.mjs CASES.json. Opens the page from file:// in Chromium for each case, does what the case says, and prints what is
// then on the page, a JSON array. Every request but that for the page itself, every violation of its policy and every error is told.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const where = process.env.BACKPROOF_PLAYWRIGHT;
if (!where) throw new Error('BACKPROOF_PLAYWRIGHT must name playwright-core: `cargo xtask components` installs it and prints how');
const { chromium } = createRequire(import.meta.url)(where);
const { page: path, cases } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.BACKPROOF_CHROMIUM ?? '/usr/bin/chromium', args: flags });
const url = pathToFileURL(path).href;
const told = [];

for (const one of cases) {
  const context = await browser.newContext({ colorScheme: one.dark ? 'dark' : 'light', viewport: one.viewport ?? { width: 1000, height: 900 }, acceptDownloads: true });
  const page = await context.newPage();
  const errors = [], requests = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('request', (request) => { if (request.url() !== url && !request.url().startsWith('blob:')) requests.push(request.url()); });
  await page.goto(url);
  await page.waitForFunction(() => document.querySelectorAll('#unproven li').length > 0, null, { timeout: 120000 });
  // The longest time in which the page did not answer, in milliseconds.
  await page.evaluate(() => {
    let last = performance.now();
    window.longest = 0;
    setInterval(() => { const now = performance.now(); window.longest = Math.max(window.longest, now - last); last = now; }, 20);
  });
  if (one.root) await page.setInputFiles('#root-file', one.root);
  if (one.stamp) await page.setInputFiles('#stamp-file', one.stamp);
  if (one.print) await page.fill('#root-print', one.print);
  const begun = Date.now();
  await page.setInputFiles('#file', one.file);
  await page.waitForFunction(() => !document.getElementById('result').hidden && document.getElementById('progress-box').hidden, null, { timeout: 600000 });
  const said = { name: one.name, took_ms: Date.now() - begun };
  Object.assign(said, await page.evaluate(() => {
    const text = (id) => document.getElementById(id).textContent;
    const all = (query) => [...document.querySelectorAll(query)].map((found) => found.textContent);
    return {
      headline: text('verdict'), bottom_line: text('bottom-line'), advice: text('verdict-hint'), live: text('live'), warnings: text('warnings'),
      aspects: Object.fromEntries([...document.querySelectorAll('.aspect')].map((aspect) => [aspect.querySelector('.name').textContent, aspect.querySelector('summary .outcome').textContent])),
      checks: document.querySelectorAll('.checks li').length, failed: all('.checks li.failed .code'), undecided: all('.checks li.undecided .code'),
      meanings: [...document.querySelectorAll('.checks li p:nth-child(2)')].every((meaning) => meaning.textContent.length > 10),
      content: !document.getElementById('content').hidden, unproven: all('#unproven li').length, longest_ms: Math.round(window.longest),
      wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    };
  }));
  if (one.screenshot) await page.screenshot({ path: one.screenshot });
  if (one.search !== undefined) {
    await page.fill('#search', one.search);
    said.hits_count = await page.textContent('#hits-count');
    said.hits = await page.$$eval('#hits li', (hits) => hits.map((hit) => hit.textContent));
  }
  if (one.record) {
    // By keyboard alone: to the first citation, into the record, and out of it again.
    await page.focus('#hits .cites button');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /SHA-256|can't/.test(document.getElementById('record-digest').textContent));
    said.record = { digest: await page.textContent('#record-digest'), value: await page.textContent('#record-value'), facts: await page.textContent('#record-facts') };
    if (one.record_screenshot) await page.screenshot({ path: one.record_screenshot });
    await page.$eval('#record-digest', (line) => { line.textContent = ''; });
    await page.focus('#rehash');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /SHA-256/.test(document.getElementById('record-digest').textContent));
    said.rehashed = await page.textContent('#record-digest');
    await page.keyboard.press('Escape');
    said.closed = await page.$eval('#record', (dialog) => !dialog.open);
    said.focus_back = await page.evaluate(() => document.activeElement.closest('#hits') !== null);
    await page.keyboard.press('Enter');
    await page.focus('#record .close button');
    await page.keyboard.press('Enter');
    said.closed_by_button = await page.$eval('#record', (dialog) => !dialog.open);
  }
  if (one.hash) {
    await page.click(`[aria-label="Hash ${one.hash} again"]`);
    await page.waitForFunction(() => /same/i.test(document.getElementById('files').textContent), null, { timeout: 300000 });
    said.hashed = await page.textContent(`tr:has([aria-label="Hash ${one.hash} again"])`);
  }
  if (one.tab) {
    // Every control is reached by Tab, has a name, and shows that it has the focus.
    await page.evaluate(() => document.activeElement.blur());
    said.tabbed = [];
    for (let press = 0; press < one.tab; press += 1) {
      await page.keyboard.press('Tab');
      said.tabbed.push(await page.evaluate(() => {
        const at = document.activeElement;
        const shown = at.type === 'file' ? document.querySelector(`label[for="${at.id}"]`) : at;
        return { id: at.id || at.tagName, outline: getComputedStyle(shown).outlineStyle };
      }));
    }
  }
  if (one.again) {
    await page.evaluate(() => { document.getElementById('live').textContent = ''; });
    await page.focus('#go');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /^[A-Z][a-z ]+\. /.test(document.getElementById('live').textContent) && !/^Checking/.test(document.getElementById('live').textContent));
    said.again = await page.textContent('#verdict');
  }
  if (one.printed) {
    // On paper every check is told, whatever was folded on the screen, and nothing that can only be clicked.
    const pdf = await page.pdf({ ...(one.paper ? { path: one.paper } : {}) });
    said.printed = { starts: pdf.subarray(0, 5).toString(), folded: await page.$$eval('.aspect', (all) => all.filter((one) => !one.open).length) };
  }
  told.push({ ...said, errors, requests });
  await context.close();
}
await browser.close();
console.log(JSON.stringify(told));
