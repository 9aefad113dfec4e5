import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/package.js';
import { parsePatch, plant, readPatches } from './patches.mjs';

const FOLDER = join(PACKAGE_ROOT, 'test', 'planted');
const PATCHES = readPatches(FOLDER);
const HAS_GIT = spawnSync('git', ['--version']).status === 0;

// Whether the suite catches the faults takes minutes to find out: npm run test:planted.
describe('The planted faults', () => {
  let tree: string;

  beforeAll(async () => {
    tree = mkdtempSync(join(tmpdir(), 'posthorn-planted-'));
    await cp(join(PACKAGE_ROOT, 'src'), join(tree, 'src'), { recursive: true });
  });

  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it('are twenty or more, each with a number of its own', () => {
    const numbers = PATCHES.map(({ name }) => /^\d{2}(?=-[a-z-]+$)/.exec(name)?.[0]);
    expect(numbers).not.toContain(undefined);
    expect(new Set(numbers).size).toBe(PATCHES.length);
    expect(PATCHES.length).toBeGreaterThanOrEqual(20);
  });

  it('apply, and are taken out again without a trace', () => {
    const textOf = (path: string) => readFileSync(join(tree, path), 'utf8');
    for (const patch of PATCHES) {
      const paths = patch.changes.map(({ path }) => path);
      const original = paths.map(textOf);
      const takeOut = plant(patch, tree);
      expect(paths.map(textOf)).not.toEqual(original);
      takeOut();
      expect(paths.map(textOf)).toEqual(original);
    }
  });

  (HAS_GIT ? it : it.skip)('are diffs that git applies', () => {
    for (const { name } of PATCHES) {
      const { stderr } = spawnSync('git', ['apply', '--check', join(FOLDER, `${name}.patch`)], {
        cwd: tree,
        encoding: 'utf8',
        // Inside a repository git would leave out what is not tracked.
        env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
      });
      expect([name, stderr]).toEqual([name, '']);
    }
  });

  it('name specs that are there', () => {
    const missing = PATCHES.flatMap(({ specs }) => specs).filter(
      (spec) => !existsSync(join(PACKAGE_ROOT, spec)),
    );
    expect(missing).toEqual([]);
  });
});

describe('A patch', () => {
  const DIFF = 'diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1,2 +1,1 @@\n same\n-gone\n';

  it('is refused without a fault, without a spec and without a diff', () => {
    for (const text of [
      `Caught by: a.spec.ts\n${DIFF}`,
      `Fault: f\n${DIFF}`,
      'Fault: f\nCaught by: a.spec.ts\n',
    ]) {
      expect(() => parsePatch('01-x', text)).toThrow('01-x.patch needs');
    }
  });

  it('that finds its lines nowhere, or twice, says so', () => {
    const patch = parsePatch('01-x', `Fault: f\nCaught by: a.spec.ts\n${DIFF}`);
    expect(patch.changes).toEqual([{ path: 'x.ts', from: 'same\ngone\n', to: 'same\n' }]);
    const elsewhere = { ...patch, changes: [{ path: 'package.json', from: '  "', to: '' }] };
    expect(() => plant(elsewhere, PACKAGE_ROOT)).toThrow(/stand \d+ times in package.json, not once/);
  });
});
