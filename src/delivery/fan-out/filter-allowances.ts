import { BoundedMap } from '../../host/bounded-map.js';
import type { Clock } from '../../host/clock.js';

/** What the costly filters of a tenant may take in a second, in steps: half a core at worst. */
const STEPS_PER_SECOND = 2_000_000;

/** The most that is saved up: enough to find that a filter is to be suspended. */
const MOST_SAVED = 2 * STEPS_PER_SECOND;

/** An evaluation of so few steps is free: there are always enough for a filter that compares some fields. */
export const FREE_STEPS = 1_000;

/** Tenants whose use is remembered; one that is forgotten has used nothing. */
const MOST_TENANTS = 10_000;

/**
 * Bounds what the filters of a tenant take of this process (a token bucket): however many webhooks a tenant has, its
 * costly filters take no more than their share. Webhooks without a tenant share one allowance.
 */
export class FilterAllowances {
  private readonly buckets = new BoundedMap<string, { left: number; at: number }>(MOST_TENANTS);

  constructor(private readonly clock: Clock) {}

  /** Whether the tenant may evaluate a costly filter now. */
  has(tenant: string | null): boolean {
    return this.refill(tenant).left > 0;
  }

  /** Takes an evaluation from the tenant's allowance. @param steps what it took; few are free */
  charge(tenant: string | null, steps: number): void {
    if (steps > FREE_STEPS) this.refill(tenant).left -= steps;
  }

  private refill(tenant: string | null): { left: number; at: number } {
    // No tenant is called so: null has a key of its own.
    const key = tenant === null ? '' : `=${tenant}`;
    const now = this.clock.now();
    const bucket = this.buckets.get(key) ?? { left: MOST_SAVED, at: now };
    const gained = (Math.max(now - bucket.at, 0) * STEPS_PER_SECOND) / 1_000;
    bucket.left = Math.min(bucket.left + gained, MOST_SAVED);
    bucket.at = now;
    this.buckets.set(key, bucket);
    return bucket;
  }
}
