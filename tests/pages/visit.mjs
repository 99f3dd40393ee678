#!/usr/bin/env node
/** Visits the exporter's pages as people do, and complains of what they would complain of.
 *
 *  node visit.mjs --url http://127.0.0.1:10187 --output pictures --suffix=-healthy /=fleet /cluster/demo=cluster ...
 *
 *  Each page is given with the name of its pictures; without one (`/=`) none is taken. Ends with 1 and says why if
 *  anything is not as it must be.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const installed = createRequire(path.join(ROOT, '.deps/pages/node_modules/x.js'));
const { chromium } = installed('playwright-core');
const AXE = readFileSync(installed.resolve('axe-core/axe.min.js'), 'utf8');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-sandbox', '--hide-scrollbars'];
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' }, // of the exporter
    output: { type: 'string' }, // the folder of the pictures
    suffix: { type: 'string', default: '' }, // of their names
    keyboard: { type: 'boolean', default: false }, // also go from page to page by the keyboard alone
    themes: { type: 'string', default: 'light,dark' },
  },
});
const found = [];
const complain = (where, what) => found.push(`${where}: ${what}`);

/** A page of its own context, whose every request, dialog and error is watched. */
async function open(browser, where, context) {
  const page = await (await browser.newContext(context)).newPage();
  page.on('pageerror', (error) => complain(where, `error: ${error}`));
  page.on('console', (message) => message.type() === 'error' && complain(where, `console: ${message.text()}`));
  page.on('dialog', (dialog) => { complain(where, `a script runs: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (!request.url().startsWith(options.url)) complain(where, `loads ${request.url()}`);
  });
  const answer = await page.goto(options.url + where, { waitUntil: 'load' });
  if (answer.status() !== 200) complain(where, `status ${answer.status()}`);
  return page;
}

async function accessibility(page, where, theme) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (standards) => window.axe.run(document, { runOnly: { type: 'tag', values: standards } }), STANDARDS);
  for (const { id, help, nodes } of violations) complain(where, `${theme}: ${id}: ${help}: ${nodes[0].html}`);
}

/** Nothing beyond the edge but what scrolls by itself. */
async function width(page, where, screen) {
  const [wide, room] = await page.evaluate(() => {
    const root = document.documentElement;
    return [root.scrollWidth, root.clientWidth];
  });
  if (wide > room) complain(where, `${wide} pixels wide on a screen of ${room} (${screen})`);
}

async function picture(page, name, suffix) {
  if (!name) return;
  await page.screenshot({ path: path.join(options.output, `page-${name}${options.suffix}${suffix}.png`) });
}

async function look(browser, where, name) {
  for (const theme of options.themes.split(',')) {
    const page = await open(browser, where, { viewport: DESK, colorScheme: theme });
    await accessibility(page, where, theme);
    await width(page, where, 'desk');
    await picture(page, name, theme === 'dark' ? '-dark' : '');
    await page.context().close();
  }
  const phone = await open(browser, where, { viewport: PHONE, deviceScaleFactor: 2, isMobile: true });
  await width(phone, where, 'phone');
  await picture(phone, name, '-phone');
  await phone.context().close();
}

/** The text of a page is the same where no script may run: the server made all of it. */
async function withoutScripts(browser, where) {
  const page = await open(browser, where, { viewport: DESK, javaScriptEnabled: false });
  if (!(await page.locator('h1').count())) complain(where, 'is empty without scripts');
  if (await page.locator('script').count()) complain(where, 'has a script');
  await page.context().close();
}

const focused = (page) => page.evaluate(() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  return { text: at.textContent.trim(), href: at.getAttribute('href'), name: at.tagName,
    seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 };
});

/** Presses Tab until `wanted` has the focus; each stop on the way must be seen to have it. */
async function tabTo(page, where, wanted) {
  for (let presses = 0; presses < 100; ++presses) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (at.name !== 'BODY' && !at.seen) complain(where, `nobody sees where the focus is: ${at.name} ${at.text}`);
    if (wanted(at)) return true;
  }
  complain(where, 'the keyboard does not lead there');
  return false;
}

/** Fleet, cluster, node, and a poll's details, by Tab and Enter alone. */
async function byKeyboard(browser) {
  const page = await open(browser, '/', { viewport: DESK });
  const follow = async (start) => {
    if (!await tabTo(page, page.url(), (at) => at.href?.startsWith(start))) return;
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    if (!new URL(page.url()).pathname.startsWith(start)) complain(page.url(), `is not below ${start}`);
  };
  await follow('/cluster/');
  await follow('/node/');
  const closed = () => page.locator('details:not([open])').count();
  const before = await closed();
  const first = await page.locator('details:not([open]) summary').first().textContent();
  if (await tabTo(page, page.url(), (at) => at.name === 'SUMMARY' && at.text === first.trim())) {
    await page.keyboard.press('Enter');
    if (await closed() !== before - 1) complain(page.url(), 'the details of a poll do not open');
  }
  await page.context().close();
}

async function main() {
  mkdirSync(options.output, { recursive: true });
  const profile = mkdtempSync(path.join(os.tmpdir(), 'pages.'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS, env: { ...process.env, HOME: profile } });
  try {
    for (const given of positionals) {
      const [where, name] = given.split('=');
      const began = Date.now();
      await look(browser, where, name);
      await withoutScripts(browser, where);
      console.log(`${where}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
    }
    if (options.keyboard) await byKeyboard(browser);
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
  found.forEach((text) => console.log(text));
  console.log(`${positionals.length} pages, ${found.length} complaints`);
  process.exitCode = found.length ? 1 : 0;
}

await main();
