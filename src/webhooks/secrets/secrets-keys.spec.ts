import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSecretsKeys, loadSecretsKeys } from './secrets-keys.js';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER = Buffer.alloc(32, 2).toString('base64');

describe('parseSecretsKeys', () => {
  it('reads one key, or several in their order', () => {
    expect(parseSecretsKeys(KEY)).toEqual([Buffer.alloc(32, 1)]);
    expect(parseSecretsKeys(`${OTHER}, ${KEY}`)).toEqual([Buffer.alloc(32, 2), Buffer.alloc(32, 1)]);
  });

  it.each([
    ['a short key', Buffer.alloc(31).toString('base64'), 1],
    ['a long key', Buffer.alloc(33).toString('base64'), 1],
    ['no base64', 'not a key at all, really', 1],
    ['an empty place in the list', `${KEY},`, 2],
  ])('refuses %s and says which', (_, text, place) => {
    expect(() => parseSecretsKeys(text)).toThrow(`SECRETS_KEY: key ${place} is no base64 of 32 bytes.`);
  });
});

describe('loadSecretsKeys', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'posthorn-keys-'));
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('takes the keys that are set, and makes no file', () => {
    expect(loadSecretsKeys({ secretsKey: KEY, dataDir, environment: 'development' })).toHaveLength(1);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('makes a key once, in a directory that need not be there, for its owner alone', () => {
    const source = { secretsKey: null, dataDir: join(dataDir, 'data'), environment: 'development' };
    const [first] = loadSecretsKeys(source);
    expect(first).toHaveLength(32);
    expect(loadSecretsKeys(source)).toEqual([first]);
    expect(readdirSync(source.dataDir)).toEqual(['secrets.key']);
    expect(statSync(join(source.dataDir, 'secrets.key')).mode & 0o777).toBe(0o600);
  });

  it('refuses a file that holds no key, and leaves it as it is', () => {
    writeFileSync(join(dataDir, 'secrets.key'), 'oops');
    expect(() => loadSecretsKeys({ secretsKey: null, dataDir, environment: 'test' })).toThrow(
      /secrets\.key holds no base64 of 32 bytes.*SECRETS_KEY/,
    );
  });

  it('makes none in production', () => {
    expect(() => loadSecretsKeys({ secretsKey: '', dataDir, environment: 'production' })).toThrow(
      'SECRETS_KEY is not set, and production does not start without it.',
    );
  });
});
