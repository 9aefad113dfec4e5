import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PACKAGE_ROOT } from '../../src/package.js';
import '../support/built.js';

const PAGE = join(PACKAGE_ROOT, 'dist', 'dashboard', 'page');
const MOST_BYTES = 300_000;

/** One entry of Vite's manifest. */
interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
  dynamicImports?: string[];
}

type Manifest = Record<string, Chunk>;

/** The files that a chunk brings with it before it runs. */
function filesOf(manifest: Manifest, name: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`The build has no chunk ${name}.`);
  if (seen.has(chunk.file)) return seen;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file);
  for (const imported of chunk.imports ?? []) filesOf(manifest, imported, seen);
  return seen;
}

const compressed = (file: string) => gzipSync(readFileSync(join(PAGE, file))).length;

describe('The built page', () => {
  let manifest: Manifest;

  beforeAll(() => {
    manifest = JSON.parse(readFileSync(join(PAGE, 'manifest.json'), 'utf8')) as Manifest;
  });

  const PAGES = ['overview', 'webhooks', 'deliveries'].map((page) => `pages/${page}/${page}.tsx`);

  it.each(PAGES)('loads sign-in, shell and %s in under 300 kB compressed', (page) => {
    const files = filesOf(manifest, page, filesOf(manifest, 'index.html'));
    const bytes = ['index.html', ...files].reduce((sum, file) => sum + compressed(file), 0);
    console.info(
      `First load with ${page}: ${(bytes / 1000).toFixed(1)} kB compressed in ${files.size + 1} files.`,
    );
    expect(bytes).toBeLessThan(MOST_BYTES);
  });

  it('loads charts only after that', () => {
    for (const page of PAGES) {
      const files = [...filesOf(manifest, page, filesOf(manifest, 'index.html'))].join('\n');
      expect(files).not.toMatch(/chart|trend|gradient/i);
    }
    expect(manifest['pages/overview/overview.tsx']?.dynamicImports).toContain('pages/overview/charts.tsx');
  });

  it('needs nothing from elsewhere, and no script or style of its own page', () => {
    const html = readFileSync(join(PAGE, 'index.html'), 'utf8');
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\.\/assets\/index-/)]),
    );
    expect(html).not.toMatch(/(?:src|href)="(?!\.\/)/);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=/);
    const styles = Object.values(manifest).flatMap(({ css }) => css ?? []);
    for (const file of new Set(styles))
      expect(readFileSync(join(PAGE, file), 'utf8')).not.toMatch(/url\(|@import/);
  });
});
