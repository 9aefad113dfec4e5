import { RateLimitError } from '../../http/envelope-error.js';
import type { DeliveryOptions } from '../options/delivery-options.js';
import { EventQuota } from './event-quota.js';

function setUp(most: number) {
  const clock = { at: 1_000_000, now: () => clock.at };
  const quota = new EventQuota({ eventsPerSecondPerTenant: most } as DeliveryOptions, clock);
  const take = (tenant: string | null, times: number) => {
    for (let n = 0; n < times; n += 1) quota.take(tenant);
  };
  return { clock, quota, take };
}

describe('EventQuota', () => {
  it('refuses what a tenant publishes beyond its quota, and nobody else', () => {
    const { clock, quota, take } = setUp(5);
    take('a', 5);
    expect(() => quota.take('a')).toThrow(RateLimitError);
    take('b', 5);
    take(null, 100);
    clock.at += 400;
    take('a', 2);
    expect(() => quota.take('a')).toThrow(/tenant a may publish 5 events a second/);
    expect([quota.getUsage('a'), quota.getUsage('c')]).toEqual([
      { most: 5, used: 5 },
      { most: 5, used: 0 },
    ]);
  });

  it('takes more at once than a second brings, and has them paid for', () => {
    const { clock, quota } = setUp(10);
    quota.take('a', 30);
    clock.at += 2_000;
    expect(() => quota.take('a', 30)).toThrow(expect.objectContaining({ retryAfterSeconds: 1 }) as Error);
    clock.at += 1_000;
    quota.take('a', 30);
  });

  it('is off unless it is set', () => {
    const { quota, take } = setUp(0);
    take('a', 10_000);
    expect(quota.getUsage('a')).toEqual({ most: null, used: 0 });
  });
});
