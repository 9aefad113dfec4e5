import { blocksOf, readDocument } from './documents.js';

const README = readDocument('README.md');

const MOST_BYTES = 12_000;

describe('The README', () => {
  it('has the two commands', () => {
    const commands = blocksOf(README, 'sh').flatMap((block) => block.split('\n'));
    expect(commands).toEqual(expect.arrayContaining(['npm ci && npm start', 'npm ci && npm test']));
  });

  it(`has at most ${MOST_BYTES} bytes`, () => {
    expect(Buffer.byteLength(README)).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('has a picture', () => {
    expect(README).toMatch(/!\[[^\]]+\]\(docs\/images\/[\w-]+\.png\)/);
  });
});
