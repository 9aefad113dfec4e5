import { RateLimitError, UnauthorizedError } from '../../http/envelope-error.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { AuthThrottle } from './auth-throttle.js';
import { InMemoryThrottleStore } from './in-memory-throttle-store.js';

function failing(failures: number) {
  const clock = new ManualClock(0);
  const throttle = { failures, windowMs: 60_000, blockMs: 60_000 };
  const portal = { publicUrl: null, isPublicUrlSafe: false, defaultScopes: [], maySet: [] };
  const options = { adminToken: null, openScopes: [], throttle, auditDays: 0, portal, environment: 'test' };
  return new AuthThrottle(new InMemoryThrottleStore(clock), options);
}

describe('AuthThrottle', () => {
  it('are 401 up to the limit, and 429 with the time to wait above it', async () => {
    const authentications = failing(2);
    expect(await authentications.countFailure('192.0.2.1')).toBeInstanceOf(UnauthorizedError);
    expect(await authentications.countFailure('192.0.2.1')).toBeInstanceOf(UnauthorizedError);
    const refusal = await authentications.countFailure('192.0.2.1');
    expect(refusal).toBeInstanceOf(RateLimitError);
    expect(refusal).toMatchObject({ errorName: 'RateLimitError', retryAfterSeconds: 60 });
    expect(await authentications.countFailure('192.0.2.2')).toBeInstanceOf(UnauthorizedError);
  });

  it.each<[string, string | undefined, string | undefined, boolean]>([
    ['two of one /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['two of different /64s', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['an IPv4 address in both spellings', '192.0.2.1', '::ffff:192.0.2.1', true],
    ['two IPv4 addresses in IPv6', '::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
    ['two without an address', undefined, undefined, true],
  ])('count together: %s', async (_, one, other, areTogether) => {
    const authentications = failing(1);
    await authentications.countFailure(one);
    const refusal = await authentications.countFailure(other);
    expect(refusal instanceof RateLimitError).toBe(areTogether);
  });

  it('are never 429 where the limit is 0', async () => {
    const authentications = failing(0);
    for (let n = 0; n < 50; n += 1) {
      expect(await authentications.countFailure('192.0.2.1')).toBeInstanceOf(UnauthorizedError);
    }
  });
});
