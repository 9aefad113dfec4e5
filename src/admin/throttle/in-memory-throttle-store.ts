import { Injectable } from '@nestjs/common';
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

/** A key's count after one more hit. */
export interface ThrottleCount {
  totalHits: number;
  isBlocked: boolean;
  /** Seconds until the block ends; 0 where there is none. */
  timeToBlockExpire: number;
}

/** Counts in this process's memory, bounded: the key that has been silent for longest is forgotten first. */
@Injectable()
export class InMemoryThrottleStore {
  private readonly counts = new BoundedMap<string, Count>(MOST_KEYS);

  constructor(private readonly clock: Clock) {}

  /** How many keys are remembered now. */
  get size(): number {
    return this.counts.size;
  }

  increment(key: string, windowMs: number, limit: number, blockMs: number): ThrottleCount {
    const now = this.clock.now();
    const known = this.counts.get(key);
    // A clock that was set back lengthens no window.
    const isDuring =
      known !== undefined && now < known.until && known.until - now <= Math.max(windowMs, blockMs);
    const count = known && isDuring ? known : { hits: 0, until: now + windowMs, isBlocked: false };
    count.hits += 1;
    if (count.hits > limit && !count.isBlocked) {
      count.isBlocked = true;
      count.until = now + blockMs;
    }
    this.counts.set(key, count);
    return {
      totalHits: count.hits,
      isBlocked: count.isBlocked,
      timeToBlockExpire: count.isBlocked ? Math.ceil((count.until - now) / 1000) : 0,
    };
  }
}
