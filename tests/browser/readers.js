// What several tests look at pages with: axe-core, the width of pages, a reader of QR codes, and the sample with other
// settings or in other languages.

import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { open, repository } from './harness.js';

const { resolve } = createRequire(import.meta.url);
const text = await readFile(resolve('axe-core/axe.min.js'), 'utf8');
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

// The reader's program, which otherwise would be fetched.
prepareZXingModule({ overrides: { wasmBinary: await readFile(resolve('zxing-wasm/reader/zxing_reader.wasm')) } });

/** What the QR codes in a picture say; as ZXing reads them, which many phones' apps are made with. */
export async function scan(png) {
  return (await readBarcodes(png, { formats: ['QRCode'] })).map((code) => code.text);
}

/** The path on a site of a file of its theme, which has its content in its name. */
export async function asset(site, name) {
  const [start, end] = name.split('.');
  const file = (await readdir(join(site.output, '_assets'))).find((other) => other.startsWith(`${start}.`) && other.endsWith(`.${end}`));
  return `/_assets/${file}`;
}

/** Builds a copy of the sample whose settings were changed by `change`, and opens it as `open` does. `files` are more
 * files for it, by their paths. */
export async function variant(change, files = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-variant-'));
  try {
    await cp(join(repository, 'content'), join(folder, 'content'), { recursive: true });
    await writeFile(join(folder, 'site.yaml'), change(await readFile(join(repository, 'site.yaml'), 'utf8')));
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
    return await open({ site: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The sample in English and these languages, without cards. */
export function translated(languages, files) {
  return variant((settings) => `${settings.replace(/^(language|outputs):.*$/gm, '')}\nlanguages: [en, ${languages}]\noutputs: {share_card: false}\n`, files);
}
