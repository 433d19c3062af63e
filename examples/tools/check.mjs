// Opens a HAR in pagexray, perf-cascade and Playwright; see README.md.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { harFromMessages } from 'chrome-har';

const require = createRequire(import.meta.url);
const file = process.argv[2];
if (!file) {
  console.error('usage: node check.mjs FILE.har');
  process.exit(2);
}
const har = JSON.parse(fs.readFileSync(file, 'utf8'));
const entries = har.log.entries;

// pagexray reads the page.
function pagexray() {
  const [page, ...others] = require('pagexray').convert(structuredClone(har), { includeAssets: true });
  assert.equal(others.length, 0, 'one page');
  const answered = entries.filter(e => e.response.status !== 0);
  assert.equal(page.requests, entries.length, 'pagexray: requests');
  assert.equal(page.fullyLoaded > 0, true, 'pagexray: times');
  assert.equal(page.documentRedirects, entries.filter(e => e._resourceType === 'document' && e._frame === 0 && e.response.redirectURL).length);
  const document = entries.find(e => e._resourceType === 'document' && e.response.status === 200);
  assert.equal(page.finalUrl, document.request.url);
  assert.ok(page.transferSize > 0 && page.contentSize > 0, 'pagexray: sizes');
  for (const [type, mime] of [['css', 'text/css'], ['font', 'font/woff2'], ['image', 'image/png']]) {
    const want = answered.filter(e => e.response.content.mimeType.startsWith(mime)).length;
    assert.ok(page.contentTypes[type].requests >= want, `pagexray: ${page.contentTypes[type].requests} of type ${type}, want ${want}`);
  }
  console.log(`pagexray: ${page.requests} requests, ${page.totalDomains} hosts, ${page.transferSize} bytes`);
}

// perf-cascade draws a row a request.
async function perfCascade(browser) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', e => errors.push(e));
  page.on('console', m => m.type() === 'error' && errors.push(m.text()));
  await page.setContent('<!doctype html><div id=out></div>');
  await page.addScriptTag({ path: path.join(path.dirname(require.resolve('perf-cascade')), 'perf-cascade.js') });
  const drawn = await page.evaluate(log => {
    document.getElementById('out').append(perfCascade.fromHar(log));
    return {
      rows: document.querySelectorAll('#out .row-item').length,
      bars: document.querySelectorAll('#out .row-item rect').length,
      text: document.getElementById('out').textContent,
    };
  }, { ...har.log, entries: entries.map(e => ({ ...e, response: { ...e.response, content: { ...e.response.content, text: undefined } } })) });
  assert.deepEqual(errors, [], 'perf-cascade: errors');
  assert.equal(drawn.rows, entries.length, 'perf-cascade: rows');
  assert.ok(drawn.bars > entries.length * 2, `perf-cascade: ${drawn.bars} bars`);
  await page.close();
  console.log(`perf-cascade: ${drawn.rows} rows, ${drawn.bars} bars`);
}

// Playwright loads the page from the HAR alone.
async function replay(browser) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 },
    recordHar: { path: file + '.playwright.har', content: 'embed' },
  });
  await context.routeFromHAR(file, { notFound: 'abort' });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const messages = [];
  for (const method of ['Network.requestWillBeSent', 'Network.requestWillBeSentExtraInfo', 'Network.responseReceived', 'Network.responseReceivedExtraInfo',
    'Network.dataReceived', 'Network.loadingFinished', 'Network.loadingFailed', 'Network.requestServedFromCache', 'Network.resourceChangedPriority',
    'Page.loadEventFired', 'Page.domContentEventFired', 'Page.frameStartedLoading', 'Page.frameAttached', 'Page.frameScheduledNavigation', 'Page.frameNavigated']) {
    cdp.on(method, params => messages.push({ method, params }));
  }
  await cdp.send('Network.enable');
  await cdp.send('Page.enable');
  const failed = new Set();
  const responses = [];
  page.on('response', r => responses.push(r));
  page.on('requestfailed', r => failed.add(r.url()));
  await page.goto(entries[0].request.url, { waitUntil: 'load' });
  const seen = await page.evaluate(async () => {
    await document.fonts.ready;
    return {
      url: location.href,
      title: document.title,
      sheets: [...document.styleSheets].filter(s => s.href).map(s => s.href),
      images: [...document.images].map(i => ({ url: i.currentSrc, complete: i.complete, width: i.naturalWidth })),
    };
  });
  const answered = new Map(entries.filter(e => e.response.status !== 0).map(e => [e.request.url, e]));
  const document = entries.find(e => e._resourceType === 'document' && e.response.status === 200);
  assert.equal(seen.url, document.request.url, 'replay: the page after redirects');
  assert.equal(seen.title, har.log.pages[0].title, 'replay: title');
  for (const s of seen.sheets) assert.ok(answered.has(s), `replay: style sheet ${s}`);
  for (const i of seen.images) {
    if (i.complete && i.url && answered.get(i.url)?.response.status === 200) assert.ok(i.width > 0, `replay: image ${i.url} cannot be shown`);
  }
  let bytes = 0, compared = 0;
  for (const r of responses) {
    const e = answered.get(r.url());
    if (r.status() !== 200 || e?.response.status !== 200) continue;
    const got = await r.body();
    const want = Buffer.from(e.response.content.text ?? '', e.response.content.encoding ?? 'utf8');
    assert.ok(got.equals(want), `replay: the body of ${r.url()} has ${got.length} bytes, not the ${want.length} of the HAR`);
    compared++;
    bytes += got.length;
  }
  for (const e of answered.values()) {
    if (e._resourceType !== 'font') continue;
    assert.ok(responses.some(r => r.url() === e.request.url && r.status() === e.response.status), `replay: font ${e.request.url}`);
  }
  const missing = [...failed].filter(u => answered.get(u)?.response.status === 200);
  assert.deepEqual(missing, [], 'replay: answered in the HAR, failed in the browser');
  fs.writeFileSync(file + '.chrome-har.har', JSON.stringify(harFromMessages(messages, {})));
  await context.close(); // writes the recorded HAR
  console.log(`playwright: ${seen.images.length} images, ${seen.sheets.length} style sheets, ${compared} bodies of ${bytes} bytes are the HAR's; ${failed.size} failed as in the HAR`);
}

pagexray();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await perfCascade(browser);
  await replay(browser);
} finally {
  await browser.close();
}
