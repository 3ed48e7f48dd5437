// What an editor sees while editing: `bonafide serve` on a copy of the sample, and real pages that are open
// while its files change.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { launch, program, repository } from './harness.js';

const EXPIRING = '/verify/9ed52e43b74eaed8f69592/';

let browser, folder, server, page, complaints;

before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Starts the preview, at the port of an earlier one or any, and gives its origin. */
async function start(port = 0) {
  server = spawn(program, ['serve', '--site', folder, '--port', port, '--at', '2026-12-01', '--format', 'json']);
  for await (const line of createInterface(server.stdout)) {
    const { serving } = JSON.parse(line);
    if (serving) { server.stdout.resume(); return serving.replace(/\/$/, ''); }
  }
  throw new Error('the preview did not start');
}

async function stop() {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((done) => { server.on('exit', done); });
  server.kill('SIGINT');
  await gone;
}

let origin;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonafide-serve-'));
  await cp(join(repository, 'content'), join(folder, 'content'), { recursive: true });
  // Cards take a second to draw, and no test here looks at one.
  const settings = await readFile(join(repository, 'site.yaml'), 'utf8');
  await writeFile(join(folder, 'site.yaml'), settings.replace(/^outputs:.*$/m, 'outputs: {share_card: false}'));
  origin = await start();
  page = await browser.newPage({ viewport: { width: 900, height: 600 } });
  page.setDefaultTimeout(30_000);
  complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (m) => { if (/Content.Security.Policy/i.test(m.text())) complaints.push(m.text()); });
});
afterEach(async () => {
  await page.close();
  await stop();
  await rm(folder, { recursive: true, force: true });
  assert.deepEqual(complaints, []);
});

const file = (path) => join(folder, path);
const edit = async (path, from, to) => {
  const text = await readFile(file(path), 'utf8');
  assert.ok(text.includes(from), `${path} has no ${from}`);
  await writeFile(file(path), text.replace(from, to));
};
const append = async (path, text) => writeFile(file(path), await readFile(file(path), 'utf8') + text);
const status = () => page.locator('[data-status]').evaluate((e) => e.dataset.status);
const overlay = () => page.locator('bonafide-preview .wrong');
const hear = () => page.waitForTimeout(300);

test('an open page changes when its text is saved', async () => {
  await page.goto(`${origin}/faq/help/`);
  await hear();
  await append('content/faq/help.md', '\nA sentence that was not there.\n');
  await page.getByText('A sentence that was not there.').waitFor({ state: 'attached' });
});

test('scroll position and open answers are kept', async () => {
  await page.goto(`${origin}${EXPIRING}`);
  await hear();
  await page.locator('details').first().evaluate((e) => { e.open = true; });
  await page.evaluate(() => scrollTo({ top: 400, behavior: 'instant' }));
  await page.evaluate(() => { window.before = true; });
  await edit('content/earners/ccxp/2023.yaml', 'Kate Osei', 'Katie Osei').catch(async () => {
    const { execFileSync } = await import('node:child_process');
    execFileSync('sh', ['-c', `sed -i 's/Kate Osei/Katie Osei/' ${folder}/content/earners/*.yaml ${folder}/content/earners/*/*.yaml`]);
  });
  await page.getByRole('heading', { name: 'Katie Osei' }).waitFor();
  await page.waitForFunction(() => Math.abs(scrollY - 400) < 3 && !window.before);
  assert.equal(await page.locator('details').first().evaluate((e) => e.open), true);
});

test('styles are exchanged without loading the page again', async () => {
  await page.goto(`${origin}/`);
  await hear();
  await page.evaluate(() => { window.before = true; });
  const css = await (await page.request.get(origin + await page.locator('link[rel=stylesheet]').first().getAttribute('href'))).text();
  const { mkdir } = await import('node:fs/promises');
  await mkdir(file('themes/default/templates'), { recursive: true });
  await writeFile(file('themes/default/templates/style.css'), `${await readFile(join(repository, 'themes/default/templates/style.css'), 'utf8')}\nbody{outline:3px solid rgb(1, 2, 3)}\n`);
  assert.ok(!css.includes('rgb(1, 2, 3)'));
  await page.waitForFunction(() => getComputedStyle(document.body).outlineColor === 'rgb(1, 2, 3)');
  assert.equal(await page.evaluate(() => window.before), true);
});

test('what is wrong is shown with file and line, as text, and goes when it is mended', async () => {
  await page.goto(`${origin}/faq/help/`);
  await hear();
  await append('content/faq/help.md', '\n[x](%3Cimg%20src=x%20onerror=alert(1)%3E.md)\n');
  await overlay().waitFor();
  assert.match(await overlay().innerText(), /content\/faq\/help\.md:\d+:\d+/);
  assert.match(await overlay().innerText(), /<img src=x/);
  assert.equal(await overlay().locator('img').count(), 0);
  assert.ok(await page.locator('h1').isVisible());
  await cp(join(repository, 'content/faq/help.md'), file('content/faq/help.md'));
  await overlay().waitFor({ state: 'detached' });
});

test('another day is one step away, also for the page’s own clock, and is kept from page to page', async () => {
  await page.goto(`${origin}${EXPIRING}`);
  assert.equal(await status(), 'expiring');
  const date = page.locator('bonafide-preview input[type=date]');
  assert.equal(await date.inputValue(), '2026-12-01');
  await date.fill('2027-03-02');
  await page.waitForURL(/at=2027-03-02/);
  assert.equal(await status(), 'expired');
  await page.waitForTimeout(200);
  assert.equal(await status(), 'expired');
  await page.locator('a[href^="/badges/"]').first().click();
  await page.waitForURL(/\/badges\/.*at=2027-03-02/);
  await page.locator('bonafide-preview button').click();
  await page.waitForURL((url) => !url.search.includes('at='));
});

test('a draft is marked as one', async () => {
  await writeFile(file('content/guides/draft.md'), '---\ntitle: Not yet\ndraft: true\n---\nSoon.\n');
  await page.goto(`${origin}/guides/draft/`);
  await page.getByText('Soon.').waitFor();
  assert.match(await page.locator('bonafide-preview .bar').innerText(), /Draft: not published/);
});

test('a removed page becomes “not found”, and a renamed one can be found', async () => {
  await writeFile(file('content/guides/one.md'), '---\ntitle: A guide\n---\nWords.\n');
  await page.goto(`${origin}/guides/one/`);
  await page.getByText('Words.').waitFor();
  await hear();
  await rename(file('content/guides/one.md'), file('content/guides/two.md'));
  const link = page.locator('bonafide-preview a[href="/guides/two/"]');
  await link.waitFor();
  await link.click();
  await page.getByText('Words.').waitFor();
});

test('the line comes back after the server was started again', async () => {
  await page.goto(`${origin}/faq/help/`);
  await hear();
  await stop();
  await append('content/faq/help.md', '\nWritten while nobody served.\n');
  await start(new URL(origin).port);
  await page.getByText('Written while nobody served.').waitFor({ state: 'attached' });
});

test('awards that are gone stay until somebody presses that it is meant', async () => {
  await page.goto(`${origin}${EXPIRING}`);
  await hear();
  await rm(file('content/earners'), { recursive: true });
  const goOn = overlay().getByRole('button', { name: 'It is meant: go on' });
  await goOn.waitFor();
  assert.equal(await status(), 'expiring');
  assert.equal((await page.request.get(origin + EXPIRING)).status(), 200);
  await goOn.click();
  await page.locator('[data-status]').waitFor({ state: 'detached' });
  await overlay().waitFor({ state: 'detached' });
  assert.equal((await page.request.get(origin + EXPIRING)).status(), 404);
});
