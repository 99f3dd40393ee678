#!/usr/bin/env node
/** Draws dashboards with Grafana's own components in a headless browser, against a Prometheus, and checks the result.
 *
 *  node draw.mjs --prometheus http://127.0.0.1:9090 --output pictures [options] fleet-overview.json ...
 *
 *  Ends with 1 and says why if a picture is not as it must be; the pictures are there all the same.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { complaints } from './checks.mjs';
import { inspect } from './inspect.mjs';
import { ROOT, installed, serve } from './server.mjs';

const WIDTH = 1280;
const PATIENCE = 120_000; // milliseconds; a busy machine is slow
const PAUSE = 500;
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-sandbox', '--hide-scrollbars'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prometheus: { type: 'string' }, // its address
    output: { type: 'string' }, // the folder of the pictures
    dashboards: { type: 'string', default: path.join(ROOT, 'dashboards') },
    suffix: { type: 'string', default: '' }, // of the pictures' names
    theme: { type: 'string', default: 'light' },
    minutes: { type: 'string', default: '5' }, // of history
    scrape: { type: 'string', default: '15' }, // seconds between two scrapes
    variables: { type: 'string', default: '{}' }, // JSON; a variable that is not here is "All"
    expected: { type: 'string' }, // a JSON file: dashboard -> {mayBeEmpty, mustBeRed: titles of panels; mayBeRed: true}
  },
});

function settings(dashboard, to) {
  return {
    dashboard, theme: options.theme, from: to - 60_000 * Number(options.minutes), to, scrape: Number(options.scrape),
    variables: JSON.parse(options.variables),
  };
}

/** Until nothing moves: the components measure themselves and draw anew, and some draw only what can be seen. */
async function settle(page) {
  await page.waitForSelector('[data-panel]', { timeout: PATIENCE });
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: WIDTH, height });
  await page.waitForLoadState('networkidle');
  let [before, now] = [undefined, ''];
  for (let tries = 0; now !== before && tries < PATIENCE / PAUSE; ++tries) {
    await page.waitForTimeout(PAUSE);
    [before, now] = [now, await page.evaluate(() => document.getElementById('root').innerHTML)];
  }
}

/** Down to the first row that is closed in Grafana. What closed rows hold is drawn and checked all the same. */
function openPart() {
  const closed = document.querySelector('[data-closed=true]');
  return closed?.getBoundingClientRect().top ?? document.documentElement.scrollHeight;
}

async function draw(browser, address, dashboard, to) {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, timezoneId: 'UTC' });
  const consoleErrors = [];
  page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
  page.on('pageerror', (error) => consoleErrors.push(String(error)));
  const asked = encodeURIComponent(JSON.stringify(settings(dashboard, to)));
  await page.goto(`${address}/?asked=${asked}`, { timeout: PATIENCE });
  await settle(page).catch((error) => consoleErrors.push(error.message));
  const file = path.join(options.output, `${path.basename(dashboard, '.json')}${options.suffix}.png`);
  const height = await page.evaluate(openPart);
  await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height } });
  // Half the size, with colours that the eye does not tell apart; without the program the check of the size may fail.
  spawnSync('pngquant', ['--force', '--ext=.png', '--speed=1', '--strip', file]);
  const panels = await page.evaluate(inspect);
  await page.close();
  return { panels, consoleErrors, file, bytes: statSync(file).size, width: WIDTH };
}

function judge(drawn, dashboard, expected) {
  const { panels, file } = drawn;
  const found = complaints({ ...drawn, ...expected[dashboard] });
  const counts = panels.reduce((all, { by }) => ({ ...all, [by]: (all[by] ?? 0) + 1 }), {});
  console.log(`${file}: ${Object.entries(counts).map(([by, count]) => `${count} by ${by}`).join(', ')}`);
  found.forEach((text) => console.log(`  ${dashboard}: ${text}`));
  return found.length;
}

async function main() {
  const expected = options.expected ? JSON.parse(readFileSync(options.expected, 'utf8')) : {};
  mkdirSync(options.output, { recursive: true });
  const profile = mkdtempSync(path.join(os.tmpdir(), 'preview.'));
  const server = await serve(options.prometheus, options.dashboards);
  const browser = await installed('playwright-core').chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM.find(existsSync), headless: true, args: FLAGS });
  try {
    let wrong = 0;
    const to = Date.now();
    for (const dashboard of positionals) {
      wrong += judge(await draw(browser, server.address, dashboard, to), dashboard, expected);
    }
    return wrong ? 1 : 0;
  } finally {
    await browser.close();
    server.stop();
    rmSync(profile, { recursive: true, force: true });
  }
}

process.exit(await main());
