import { randomBytes } from 'node:crypto';
import { open, seal, SealError } from './encryption.js';

const older = randomBytes(32);
const newer = randomBytes(32);

describe('seal', () => {
  it('opens what it sealed, for what it was sealed for', () => {
    expect(open(seal('whsec_ü', 'webhook-1', [newer]), 'webhook-1', [newer])).toBe('whsec_ü');
  });

  it('never seals alike twice', () => {
    expect(seal('a', 'w', [newer])).not.toBe(seal('a', 'w', [newer]));
  });

  it('seals with the newest key and opens with every one', () => {
    expect(open(seal('a', 'w', [older]), 'w', [newer, older])).toBe('a');
    expect(() => open(seal('a', 'w', [newer, older]), 'w', [older])).toThrow(SealError);
  });

  it.each([
    ['for something else', (sealed: string) => sealed, 'other'],
    ['a changed text', (sealed: string) => `${sealed.slice(0, -4)}AAAA`, 'w'],
    ['a cut text', (sealed: string) => sealed.slice(0, 20), 'w'],
    ['another version', (sealed: string) => sealed.replace('v1', 'v9'), 'w'],
    ['no sealed text', () => 'whsec_plain', 'w'],
  ])('does not open %s', (_, change, context) => {
    const sealed = change(seal('secret', 'w', [newer]));
    expect(() => open(sealed, context, [newer])).toThrow(SealError);
  });

  it('says that there is no key', () => {
    expect(() => seal('a', 'w', [])).toThrow('Set SECRETS_KEY');
  });
});
