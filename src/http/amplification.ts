import { HttpStatus } from '@nestjs/common';
import { EnvelopeError } from './envelope-error.js';

/**
 * The most that one request may make of stored data, characters of JSON: its events together, its answer, and the rows
 * that it reads for them. A request of a few kilobytes can name a thousand entries that each show the same long text.
 */
export const MOST_AMPLIFIED = 64 * 1024 * 1024;

/** What a key, a number or a bracket counts as, characters. */
const SMALL_VALUE = 8;

/** 413: a request would make too much of what is stored. Thrown before anything is committed. */
export class AmplificationError extends EnvelopeError {
  /** @param what what would be too large, and how to ask for less, to follow the bound */
  constructor(what: string, most: number) {
    super(
      HttpStatus.PAYLOAD_TOO_LARGE,
      'PayloadTooLargeError',
      `This request would come to more than ${Math.floor(most / 1024 / 1024)} MiB of ${what}. Nothing was changed.`,
    );
  }
}

/** Sums up what a request makes of stored data, and stops it at the bound. */
export class AmplificationBudget {
  private used = 0;
  /** The sizes of what is shown at several places: it is measured once. */
  private readonly sizes = new Map<object, number>();

  constructor(
    private readonly what: string,
    private readonly most = MOST_AMPLIFIED,
  ) {}

  /**
   * Counts values.
   *
   * @throws {AmplificationError} past the bound
   */
  spend(...values: unknown[]): void {
    for (const value of values) this.spendSize(measureJson(value));
  }

  /** {@link spend} for a value at one of the places that show it. */
  spendShared(value: object): void {
    const size = this.sizes.get(value) ?? measureJson(value);
    this.sizes.set(value, size);
    this.spendSize(size);
  }

  private spendSize(characters: number): void {
    this.used += characters;
    if (this.used > this.most) throw new AmplificationError(this.what, this.most);
  }
}

/** What the budget of a transaction's events counts, for its error. */
const EVENTS = 'events, with what the changed things link to: change fewer at once, or link to fewer';

const eventBudgets = new WeakMap<object, AmplificationBudget>();

/**
 * Counts an event before it is recorded, together with the others of its transaction.
 *
 * @param transaction the transaction's `EntityManager`
 * @param parts the event's data and its context
 * @throws {AmplificationError} when the events are too much to record
 */
export function spendOnEvents(transaction: object, ...parts: unknown[]): void {
  const budget = eventBudgets.get(transaction) ?? new AmplificationBudget(EVENTS);
  eventBudgets.set(transaction, budget);
  budget.spend(...parts);
}

/** Estimates how many characters a value's JSON has, without writing it. */
export function measureJson(value: unknown): number {
  if (typeof value === 'string') return value.length + SMALL_VALUE;
  if (typeof value !== 'object' || value === null) return SMALL_VALUE;
  let size = SMALL_VALUE;
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    size += key.length + SMALL_VALUE + measureJson((value as Record<string, unknown>)[key]);
  }
  return size;
}
