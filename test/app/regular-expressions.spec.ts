import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../src/package.js';
import '../support/built.js';

const run = promisify(execFile);

/** Work that grows with the square of a megabyte would take hours. */
const KILLED_AFTER_MS = 300_000;

describe('Regular expressions and parsers', () => {
  it('come to their end on a megabyte of whatever repetition dislikes', async () => {
    // A process of its own, since one that hangs cannot be told to stop. What it did last is in its error's output.
    const { stdout } = await run(
      process.execPath,
      [join(PACKAGE_ROOT, 'test', 'regular-expressions', 'run-adversaries.mjs')],
      { timeout: KILLED_AFTER_MS, killSignal: 'SIGKILL' },
    );
    const { runs, problems } = JSON.parse(stdout) as { runs: number; problems: string[] };
    expect(problems).toEqual([]);
    expect(runs).toBeGreaterThan(10_000);
  }, 330_000);
});
