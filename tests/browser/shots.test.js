// Pictures for people to look at, of what the other tests only measure. Written to shots/, which is not
// kept; only with SHOTS=1, for they take a while and check nothing by themselves.

import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { NARROW, PHONE, WIDE, here, open } from './harness.js';
import { awards, pages } from './sample.js';

const skip = process.env.SHOTS !== '1' && 'only with SHOTS=1';
const folder = join(here, 'shots');

let site;
before(async () => {
  if (skip) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  site = await open();
});
after(() => site?.close());

for (const [what, path] of Object.entries(pages)) {
  const file = (kind, ext = 'png') => join(folder, `${what.replaceAll(' ', '-')}.${kind}.${ext}`);
  test(`pictures: ${what}`, { skip }, async (t) => {
    const page = await site.visit(t, path, { size: WIDE });
    await page.waitForLoadState('networkidle');
    for (const [kind, size, media] of [
      ['light', WIDE, { colorScheme: 'light' }],
      ['dark', WIDE, { colorScheme: 'dark' }],
      ['phone', PHONE, { colorScheme: 'light' }],
      ['phone-dark', PHONE, { colorScheme: 'dark' }],
      ['narrow', NARROW, { colorScheme: 'light' }],
      ['forced', WIDE, { colorScheme: 'dark', forcedColors: 'active' }],
    ]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ forcedColors: 'none', ...media });
      await page.screenshot({ path: file(kind), fullPage: true });
      if (kind === 'phone') await page.screenshot({ path: file('first-screen') });
    }
    if (!Object.values(awards).some((award) => award.path === path)) return;
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
    for (const format of ['A4', 'Letter']) {
      await writeFile(file(`print-${format}`, 'pdf'), await page.pdf({ format }));
      // As a picture too, where poppler is installed.
      await promisify(execFile)('pdftoppm', ['-r', '60', '-png', '-singlefile', file(`print-${format}`, 'pdf'), file(`print-${format}`).slice(0, -4)])
        .catch(() => {});
    }
  });
}
