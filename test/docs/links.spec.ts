import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/package.js';
import { anchorsOf, DOCUMENTS, linksOf, readDocument } from './documents.js';

/** Says whether a link of a document leads to no file, or to no heading of it. */
function isBroken(document: string, link: string): boolean {
  const [file, heading] = link.split('#');
  const target = file ? join(dirname(document), file) : document;
  if (!existsSync(join(PACKAGE_ROOT, target))) return true;
  return heading !== undefined && !anchorsOf(readDocument(target)).includes(heading);
}

/** Folders of a Strapi project, which the documents name too. */
const OF_STRAPI = ['src/api', 'src/components', 'config/plugins.ts'];

/** Paths that a text names as code, such as `src/main.ts`; those with a placeholder or a pattern are left out. */
function pathsIn(text: string): string[] {
  const paths = text.matchAll(/`((?:src|test|docs|config|docker|examples|scripts)\/[\w./-]+)`/g);
  return [...paths].map(([, path]) => path ?? '').filter((path) => !OF_STRAPI.includes(path));
}

describe('The documents', () => {
  it.each(DOCUMENTS)('%s links to files and headings that there are', (document) => {
    const broken = linksOf(readDocument(document))
      .filter((link) => !link.includes('://'))
      .filter((link) => isBroken(document, link));
    expect(broken).toEqual([]);
  });

  it.each(DOCUMENTS)('%s names files that there are', (document) => {
    const missing = pathsIn(readDocument(document)).filter((path) => !existsSync(join(PACKAGE_ROOT, path)));
    expect(missing).toEqual([]);
  });

  it('would miss a file and a heading that are not there', () => {
    expect(isBroken('docs/api.md', 'nowhere.md')).toBe(true);
    expect(isBroken('docs/api.md', '../README.md#nowhere')).toBe(true);
    expect(isBroken('docs/api.md', '#nowhere')).toBe(true);
    expect(isBroken('docs/api.md', 'payloads.md#formats')).toBe(false);
  });

  it('lead to each other: README names every document of docs/', () => {
    const linked = linksOf(readDocument('README.md'));
    const pages = DOCUMENTS.filter((document) => /^docs\/[\w-]+\.md$/.test(document));
    expect(pages.filter((page) => !linked.some((link) => link.split('#')[0] === page))).toEqual([]);
  });
});
