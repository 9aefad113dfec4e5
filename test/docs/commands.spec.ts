import { spawnSync } from 'node:child_process';
import { blocksOf, DOCUMENTS, readDocument } from './documents.js';

const { scripts } = JSON.parse(readDocument('package.json')) as { scripts: Record<string, string> };

const SHELL_BLOCKS = DOCUMENTS.flatMap((document) =>
  blocksOf(readDocument(document), 'sh').map((block, index) => [document, index + 1, block] as const),
);

describe('The documents', () => {
  it.each(DOCUMENTS)('%s names scripts that there are', (document) => {
    const named = [...readDocument(document).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(
      ([, name]) => name,
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
  });

  it.each(SHELL_BLOCKS)('%s has a shell block %i that a shell can read', (_document, _index, block) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
