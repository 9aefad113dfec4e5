import { rotatePreviousSecrets } from './secret-rotation.js';
import { selectActiveSecrets } from '../secrets/webhook-secrets.js';

const NOW = 1_000_000;
const old = (secret: string, expiresAt: number) => ({ secret, expiresAt });

describe('rotatePreviousSecrets', () => {
  const after = (more: Partial<Parameters<typeof rotatePreviousSecrets>[0]>) =>
    rotatePreviousSecrets({ current: 'b', previous: [], next: 'c', graceMs: 5_000, now: NOW, ...more });

  it('keeps the replaced one for its grace time, newest first', () => {
    expect(after({ previous: [old('a', NOW + 1)] })).toEqual([old('b', NOW + 5_000), old('a', NOW + 1)]);
  });

  it('keeps nothing of the replaced one without a grace time, and leaves the others theirs', () => {
    expect(after({ graceMs: 0, previous: [old('a', NOW + 1)] })).toEqual([old('a', NOW + 1)]);
  });

  it('drops what is over', () => {
    expect(after({ previous: [old('a', NOW)] })).toEqual([old('b', NOW + 5_000)]);
  });

  it('does not have the next one twice when an old one comes back', () => {
    expect(after({ next: 'a', previous: [old('a', NOW + 1)] })).toEqual([old('b', NOW + 5_000)]);
  });

  it('has none where no key opens the one that was', () => {
    expect(after({ current: null })).toEqual([]);
  });
});

describe('selectActiveSecrets', () => {
  it('are the one of now and those whose time is not over', () => {
    const secrets = [{ secret: 'c', expiresAt: null }, old('b', NOW + 1), old('a', NOW)];
    expect(selectActiveSecrets(secrets, NOW)).toEqual(['c', 'b']);
  });
});
