// Records where Chromium lays out the boxes of pages: for each PAGE.html it
// writes PAGE.json, the border boxes of all elements in the order of their tags.
// Requests are never answered, so images have no size of their own.
//
//	npm install playwright-core
//	node record.mjs pages/*.html
import { chromium } from 'playwright-core';
import { readFileSync, writeFileSync } from 'node:fs';

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
await page.route('**/*', route => {
  if (route.request().isNavigationRequest() && !route.request().frame().parentFrame()) {
    const name = new URL(route.request().url()).pathname.slice(1);
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: readFileSync(name) });
  } // the others wait
});
for (const name of process.argv.slice(2)) {
  await page.goto('http://layout.test/' + name, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.readyState !== 'loading');
  const boxes = await page.evaluate(() => [...document.body.querySelectorAll('*')].filter(e => e.getClientRects().length > 0).map(e => {
    const r = e.getBoundingClientRect(), round = v => Math.round(v * 10) / 10;
    return [e.tagName.toLowerCase() + (e.id ? '#' + e.id : ''), round(r.x + scrollX), round(r.y + scrollY), round(r.width), round(r.height)];
  }));
  writeFileSync(name.replace(/\.html$/, '.json'), '[\n' + boxes.map(b => JSON.stringify(b)).join(',\n') + '\n]\n');
}
await browser.close();
