import type { DataSource } from 'typeorm';
import { DatabaseDeadlineError } from './statement-deadlines.js';

/** How many connections a pool of the driver has unless something else is said. */
const DEFAULT_POOL_SIZE = 10;

/** This share of the connections is only for the engine, 0 to 1; two at least. */
const OF_ENGINE = 1 / 4;

const turnsOf = new WeakMap<DataSource, ProducerTurns>();

/**
 * The turns of those who record changes on a data source. They may use most connections of its pool at a time and wait for
 * each other here, first come, first served; the rest is left to the engine. Waiting in the pool itself they would stand
 * before it: then a burst of requests is answered while nothing of it is sent.
 */
export function turnsOfProducers(dataSource: DataSource): ProducerTurns {
  let turns = turnsOf.get(dataSource);
  if (!turns) turnsOf.set(dataSource, (turns = new ProducerTurns(countTurns(sizeOf(dataSource)))));
  return turns;
}

/** How many producers may have a transaction open at a time, with a pool of so many connections. At least one. */
export function countTurns(poolSize: number): number {
  return Math.max(1, poolSize - Math.max(2, Math.floor(poolSize * OF_ENGINE)));
}

/** Lets so many run at a time. */
export class ProducerTurns {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly most: number) {}

  /**
   * Runs work when its turn comes.
   *
   * @throws {DatabaseDeadlineError} when it does not come in time
   */
  async run<T>(work: () => Promise<T>, withinMs: number): Promise<T> {
    if (this.running < this.most) this.running += 1;
    else await this.wait(withinMs);
    try {
      return await work();
    } finally {
      this.pass();
    }
  }

  /** Whoever is woken has the turn of the one that ended. */
  private async wait(withinMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(wake);
        reject(new DatabaseDeadlineError(`The database gave no connection within ${withinMs} ms.`));
      }, withinMs);
      this.waiting.add(wake);
    });
  }

  private pass(): void {
    const [next] = this.waiting;
    if (!next) {
      this.running -= 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}

function sizeOf({ options }: DataSource): number {
  const { poolSize, extra } = options as { poolSize?: number; extra?: { connectionLimit?: number } };
  return poolSize ?? extra?.connectionLimit ?? DEFAULT_POOL_SIZE;
}
