// What several tests look at pages with: axe-core, the width of pages, and the sample in other languages.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, repository } from './harness.js';

const text = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Between its rules axe waits for a timer of no time, which browsers make 4 ms of: four fifths of a run.
const AXE = `(() => {
  const { port1, port2 } = new MessageChannel();
  const next = [];
  port1.onmessage = () => next.shift()();
  const wait = window.setTimeout;
  const setTimeout = (f, time, ...more) => (time ? wait(f, time, ...more) : (next.push(() => f(...more)), port2.postMessage(0)));
  ${text}
})()`;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

/** What axe-core has against a page: WCAG 2.2 A and AA, and its best practices. */
export async function axe(page) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags, resultTypes: ['violations'] }), RULES);
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.help}): ${n.html.slice(0, 160)}`));
}

/** What makes a page wider than the window, so that one would have to scroll sideways. */
export function sideways(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter((e) => {
      const box = e.getBoundingClientRect();
      return box.width > 0 && (box.right > clientWidth + 1 || box.left < -1);
    });
    return [`${scrollWidth} px in ${clientWidth}`, ...wide.slice(-3).map((e) => e.outerHTML.slice(0, 160))];
  });
}

/**
 * Builds the sample in English and these languages, without cards, and opens it as `open` does. `files` are more
 * files for it, by their paths.
 */
export async function translated(languages, files = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-languages-'));
  try {
    await cp(join(repository, 'content'), join(folder, 'content'), { recursive: true });
    const settings = (await readFile(join(repository, 'site.yaml'), 'utf8')).replace(/^(language|outputs):.*$/gm, '');
    await writeFile(join(folder, 'site.yaml'), `${settings}\nlanguages: [en, ${languages}]\noutputs: {share_card: false}\n`);
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
    return await open({ site: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
