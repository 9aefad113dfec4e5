import { Inject, Injectable } from '@nestjs/common';
import { BoundedMap } from '../../host/bounded-map.js';
import { Clock } from '../../host/clock.js';
import { RateLimitError } from '../../http/envelope-error.js';
import { type Bucket, refill } from '../claiming/token-bucket.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';

/** The most tenants whose buckets are remembered. One that is forgotten has a full one again. */
const MOST_TENANTS = 10_000;

/** How a tenant stands to its quota of events. */
export interface EventQuotaUsage {
  /** Events a second; null: no quota. */
  most: number | null;
  /** Events that it published within about the last second. */
  used: number;
}

/** The quota of events that a tenant publishes through the API: a token bucket for each tenant, in this instance. */
@Injectable()
export class EventQuota {
  private readonly buckets = new BoundedMap<string, Bucket>(MOST_TENANTS);

  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes some events off a tenant's quota.
   *
   * @param tenant null: without a tenant there is no quota
   * @throws {RateLimitError} when the quota is used up: none is taken
   */
  take(tenant: string | null, count = 1): void {
    const { eventsPerSecondPerTenant: most } = this.options;
    if (tenant === null || most === 0) return;
    const bucket = this.readBucket(tenant, most);
    // More at once than a second brings go when the bucket is full, and are paid for afterwards.
    const needed = Math.min(count, most);
    if (bucket.tokens < needed) {
      throw new RateLimitError(
        Math.max(1, Math.ceil((needed - bucket.tokens) / most)),
        `The tenant ${tenant} may publish ${most} events a second (quotas.eventsPerSecondPerTenant). Nothing was recorded: send this again later.`,
      );
    }
    this.buckets.set(tenant, { ...bucket, tokens: bucket.tokens - count });
  }

  /** Reads how a tenant stands to its quota. */
  getUsage(tenant: string): EventQuotaUsage {
    const { eventsPerSecondPerTenant: most } = this.options;
    if (most === 0) return { most: null, used: 0 };
    return { most, used: Math.ceil(most - this.readBucket(tenant, most).tokens) };
  }

  private readBucket(tenant: string, most: number): Bucket {
    const now = this.clock.now();
    const before = this.buckets.get(tenant);
    // A clock that was set back must not keep the bucket from filling.
    return refill(before ? { ...before, at: Math.min(before.at, now) } : null, most, now);
  }
}
