// The files that pages are made of: every one that a page names is there, below a base path as well; and what is
// edited has another name, so that an old page keeps the style it was made with.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { HOME, MOMENT, launch, open, program, repository } from './harness.js';

let sites;
before(async () => { sites = [await open(), await open({ base: `${HOME}badges/site/` })]; });
after(async () => { for (const site of sites ?? []) await site.close(); });

/** All files of a site, by their paths from its root. */
async function list(site) {
  const all = await readdir(site.output, { recursive: true, withFileTypes: true });
  return all.filter((e) => e.isFile()).map((e) => join(e.parentPath ?? e.path, e.name).slice(site.output.length + 1));
}

/** Everything that a page names: what it loads, what it leads to, what it shows elsewhere. Run in a browser. */
const named = (html) => {
  const doc = new DOMParser().parseFromString(html, 'text/html');
  const all = (selector, attribute) => [...doc.querySelectorAll(selector)].map((e) => e.getAttribute(attribute));
  const lists = [...doc.querySelectorAll('[srcset], [imagesrcset]')].flatMap((e) => (e.srcset || e.imageSrcset).split(',')
    .map((one) => one.trim().split(/\s+/)[0]));
  return [...all('[src]', 'src'), ...all('[href]', 'href'), ...all('[poster]', 'poster'), ...all('object[data]', 'data'), ...lists,
    ...all('meta[property="og:image"], meta[property="og:url"]', 'content'),
    // On other pages, too, what an earner has pasted must be found.
    ...[...doc.querySelectorAll('textarea')].flatMap((e) => [...e.value.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, to]) => to))];
};

for (const [index, base] of [HOME, `${HOME}badges/site/`].entries()) {
  test(`every file that a page, a style sheet or a script names is there: ${base}`, async (t) => {
    const site = sites[index];
    const reader = await site.visit(t, '/404.html');
    const files = await list(site);
    const there = new Set(files.flatMap((file) => (file.endsWith('index.html') ? [file, file.slice(0, -10)] : [file])));
    const wrong = [];
    let looked = 0;
    const look = (to, from) => {
      const at = new URL(base).pathname + from;
      const url = new URL(to, new URL(at, base));
      if (!/^https?:$/.test(url.protocol) || url.origin !== new URL(base).origin) return;
      looked += 1;
      const path = decodeURIComponent(url.pathname);
      const root = new URL(base).pathname;
      if (!path.startsWith(root) || !there.has(path.slice(root.length))) wrong.push(`${from}: ${to}`);
    };
    for (const file of files) {
      const text = () => readFile(join(site.output, file), 'utf8');
      if (file.endsWith('.html')) (await reader.evaluate(named, await text())).forEach((to) => look(to, file));
      if (file.endsWith('.css')) for (const [, to] of (await text()).matchAll(/url\(["']?([^"')]+)/g)) look(to, file);
      if (file.endsWith('.js')) for (const [, to] of (await text()).matchAll(/(?:from|import\(|URL\()\s*'([^']+)'/g)) look(to, file);
    }
    assert.deepEqual(wrong, []);
    assert.ok(looked > 1000, `${looked} addresses`);
  });
}

test('a page that was kept keeps its style, and a new one has the new style', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-files-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(join(repository, 'content'), join(folder, 'content'), { recursive: true });
  const settings = await readFile(join(repository, 'site.yaml'), 'utf8');
  await writeFile(join(folder, 'site.yaml'), settings.replace(/^outputs:.*$/m, 'outputs: {share_card: false}'));
  const site = await open({ site: folder });
  t.after(() => site.close());
  // One that keeps files as browsers do; those that `visit` opens ask for everything anew.
  const browser = await launch();
  t.after(() => browser.close());
  const context = await browser.newContext();
  const read = async (path) => {
    const page = await context.newPage();
    await page.goto(site.address(path));
    const of = (selector, name) => page.locator(selector).first().getAttribute(name);
    return {
      style: await of('link[rel=stylesheet]', 'href'), script: await of('script[src]', 'src'),
      is_styled: await page.evaluate(() => [...document.styleSheets].every((sheet) => sheet.cssRules.length > 0)),
      outline: await page.evaluate(() => getComputedStyle(document.body).outlineColor),
    };
  };
  const before = await read('/');
  const kept = await readFile(join(site.output, 'index.html'));

  const style = 'themes/default/templates/style.css';
  await mkdir(join(folder, 'themes/default/templates'), { recursive: true });
  await writeFile(join(folder, style), `${await readFile(join(repository, style), 'utf8')}\nbody{outline:3px solid rgb(1, 2, 3)}\n`);
  await promisify(execFile)(program, ['build', '--site', folder, '--out', site.output, '--at', MOMENT, '--base-url', HOME, '--quiet']);
  // As something between the host and the reader may have kept it.
  await writeFile(join(site.output, 'kept.html'), kept);

  const now = await read('/');
  assert.notEqual(now.style, before.style);
  assert.equal(now.outline, 'rgb(1, 2, 3)');
  assert.equal(now.script, before.script, 'what was not edited keeps its name');
  const old = await read('/kept.html');
  assert.deepEqual(old, before);
  assert.ok(old.is_styled);
});
