import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { BoundedMap } from '../../host/bounded-map.js';
import { Clock } from '../../host/clock.js';

/** Addresses that are remembered. A crowd larger than this is not held back by counting addresses anyway. */
const MOST_KEYS = 10_000;

interface Count {
  hits: number;
  /** When the window, or the block, ends; UTC epoch milliseconds. */
  until: number;
  isBlocked: boolean;
}

type Record = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts in this process's memory, bounded: the key that has been silent for longest is forgotten first. It is the
 * throttler's own contract, so that a host can put a store in its place that instances share.
 */
@Injectable()
export class InMemoryThrottleStore implements ThrottlerStorage {
  private readonly counts = new BoundedMap<string, Count>(MOST_KEYS);

  constructor(private readonly clock: Clock) {}

  /** How many keys are remembered now. */
  get size(): number {
    return this.counts.size;
  }

  async increment(key: string, windowMs: number, limit: number, blockMs: number): Promise<Record> {
    const now = this.clock.now();
    const known = this.counts.get(key);
    const count = known && now < known.until ? known : { hits: 0, until: now + windowMs, isBlocked: false };
    count.hits += 1;
    if (count.hits > limit && !count.isBlocked) {
      count.isBlocked = true;
      count.until = now + blockMs;
    }
    this.counts.set(key, count);
    const timeLeft = Math.ceil((count.until - now) / 1000);
    return {
      totalHits: count.hits,
      timeToExpire: timeLeft,
      isBlocked: count.isBlocked,
      timeToBlockExpire: count.isBlocked ? timeLeft : 0,
    };
  }
}
