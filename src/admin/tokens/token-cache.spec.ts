import { ManualClock } from '../../../test/support/manual-clock.js';
import { TokenCache } from './token-cache.js';
import type { KnownToken, TokenLookup } from './token-lookup.js';

const TOKEN: KnownToken = { id: '1', name: 'one', scopes: ['*'], tenant: null, expiresAt: null };

/** A cache over a database whose answers the test gives. */
function cacheOver(answers: (KnownToken | null)[]) {
  const clock = new ManualClock();
  const open: (() => void)[] = [];
  let reads = 0;
  const lookup = {
    find: () => {
      const answer = answers[reads] ?? null;
      reads += 1;
      return new Promise<KnownToken | null>((resolve) => open.push(() => resolve(answer)));
    },
  } as unknown as TokenLookup;
  const cache = new TokenCache(lookup, clock);
  const find = async (hash = 'hash') => {
    const found = cache.find(hash);
    open.shift()?.();
    return found;
  };
  return { cache, clock, find, open, countReads: () => reads };
}

describe('TokenCache', () => {
  it('reads a token once a second at the most', async () => {
    const { clock, find, countReads } = cacheOver([TOKEN, TOKEN, null]);
    expect([await find(), await find()]).toEqual([TOKEN, TOKEN]);
    clock.advance(999);
    expect(await find()).toBe(TOKEN);
    expect(countReads()).toBe(1);
    clock.advance(1);
    expect(await find()).toBe(TOKEN);
    expect(countReads()).toBe(2);
    clock.advance(1_000);
    expect(await find()).toBeNull();
  });

  it('asks again for a token that was unknown', async () => {
    const { find } = cacheOver([null, TOKEN]);
    expect([await find(), await find()]).toEqual([null, TOKEN]);
  });

  it('forgets a token that was revoked, and what was read before that', async () => {
    const { cache, find, open, countReads } = cacheOver([TOKEN, TOKEN, null]);
    await find();
    cache.forget('hash');
    const reading = cache.find('hash');
    cache.forget('hash');
    open.shift()?.();
    await reading;
    expect(await find()).toBeNull();
    expect(countReads()).toBe(3);
  });

  it('does not trust a clock that was set back', async () => {
    const { clock, find, countReads } = cacheOver([TOKEN, TOKEN]);
    await find();
    clock.advance(-10_000);
    await find();
    expect(countReads()).toBe(2);
  });

  it('remembers a thousand tokens and no more', async () => {
    const { find, countReads } = cacheOver(Array.from({ length: 2_002 }, () => TOKEN));
    for (let n = 0; n <= 1_000; n += 1) await find(String(n));
    await find('1000');
    expect(countReads()).toBe(1_001);
    await find('0');
    expect(countReads()).toBe(1_002);
  });
});
