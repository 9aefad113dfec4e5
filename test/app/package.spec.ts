import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../src/package.js';
import '../support/built.js';

interface Manifest {
  bin?: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  scripts: Record<string, string>;
}

const MANIFEST = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as Manifest;

/** Everything that the package may hold. */
const WANTED = [
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^SECURITY\.md$/,
  /^config\/(default|development|production|test)\.yaml$/,
  /^config\/(content-types|components)\/[\w/-]+\.json$/,
  /^dist\/[\w.-]+\.[cm]js$/,
  /^dist\/[\w/.-]+\.d\.ts$/,
  /^dist\/THIRD-PARTY-LICENSES\.txt$/,
  /^docs\/[\w/.-]+\.(md|png)$/,
  /^dist\/dashboard\/page\/[\w/.-]+$/,
];

/** What must not be in it though it looks as if it might. */
const UNWANTED = /(^dist\/standalone|\.spec\.|\.tsbuildinfo|\.map$|^src\/|^test\/)/;

describe('The packed package', () => {
  let files: string[];

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: PACKAGE_ROOT,
      maxBuffer: 16 * 1024 * 1024,
    });
    const told: unknown = JSON.parse(stdout);
    const [packed] = (Array.isArray(told) ? told : Object.values(told as object)) as {
      files: { path: string }[];
    }[];
    files = (packed?.files ?? []).map(({ path }) => path);
  }, 120_000);

  it('has what is needed and nothing else', () => {
    const extra = files.filter((file) => UNWANTED.test(file) || !WANTED.some((wanted) => wanted.test(file)));
    expect(extra).toEqual([]);
  });

  it('has what its entries name', () => {
    const entries = Object.values(MANIFEST.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    for (const entry of [...entries, ...Object.values(MANIFEST.bin ?? {})]) {
      expect(files).toContain(entry.replace(/^\.\//, ''));
    }
  });

  it('runs nothing when it is installed', () => {
    expect(Object.keys(MANIFEST.scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(pre|post)?install$|^prepare$/)]),
    );
  });
});
