import { randomBytes } from 'node:crypto';
import { decrypt, encrypt, EncryptionError } from './encryption.js';

const older = randomBytes(32);
const newer = randomBytes(32);

describe('encrypt', () => {
  it('opens what it sealed, for what it was sealed for', () => {
    expect(decrypt(encrypt('whsec_ü', 'webhook-1', [newer]), 'webhook-1', [newer])).toBe('whsec_ü');
  });

  it('never seals alike twice', () => {
    expect(encrypt('a', 'w', [newer])).not.toBe(encrypt('a', 'w', [newer]));
  });

  it('seals with the newest key and opens with every one', () => {
    expect(decrypt(encrypt('a', 'w', [older]), 'w', [newer, older])).toBe('a');
    expect(() => decrypt(encrypt('a', 'w', [newer, older]), 'w', [older])).toThrow(EncryptionError);
  });

  it.each([
    ['for something else', (sealed: string) => sealed, 'other'],
    ['a changed text', (sealed: string) => `${sealed.slice(0, -4)}AAAA`, 'w'],
    ['a cut text', (sealed: string) => sealed.slice(0, 20), 'w'],
    ['another version', (sealed: string) => sealed.replace('v1', 'v9'), 'w'],
    ['no sealed text', () => 'whsec_plain', 'w'],
  ])('does not open %s', (_, change, context) => {
    const sealed = change(encrypt('secret', 'w', [newer]));
    expect(() => decrypt(sealed, context, [newer])).toThrow(EncryptionError);
  });

  it('says that there is no key', () => {
    expect(() => encrypt('a', 'w', [])).toThrow('Set SECRETS_KEY');
  });
});
