import {
  type BeforeApplicationShutdown,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import type { Clock } from '../host/clock.js';
import { runEvery, stopRunning } from '../host/run-every.js';
import { describeDatabase } from './data-source-options.js';
import { isUnavailable } from './database-errors.js';
import { connectToAny } from './database-hosts.js';
import { hurryStatements } from './own-connections.js';
import { computeLag, readBeat, writeBeat } from './replica-beat.js';
import type { ReplicaSource } from './replica-source.js';

const LOOK = 'posthorn.read-replica';
const LOOK_EVERY_MS = 1_000;

/** A replica that does not answer a look for so long counts as away, milliseconds. */
const LONGEST_LOOK_MS = 2_000;

/** For how long a replica rests on which a read has failed, milliseconds. */
const REST_MS = 10_000;

/** How long a stop waits for its connections to close, milliseconds. */
const LONGEST_END_MS = 1_000;

/** Whether a read may be answered by a replica, which is a little behind, or needs what was committed until now. */
export type Freshness = 'current' | 'may-be-behind';

/** What was read. */
export interface Reading<T> {
  value: T;
  /** By how much the replica was behind that it was read from, whole seconds; null: it was read from the primary. */
  secondsBehind: number | null;
}

/** How a replica is. */
export interface ReplicaState {
  /** Whether it is read from now. */
  isUsed: boolean;
  /** By how much it is behind, whole seconds, rounded up; null: not known. */
  secondsBehind: number | null;
  /** Why it is not read from, a clause; null: it is. */
  problem: string | null;
}

/**
 * Reads from the read replica what may be a little behind, and everything else from the primary. Without a replica, and
 * while it is away or further behind than it may be, everything is read from the primary.
 *
 * How far it is behind is told by a beat: each instance that has a replica writes the time into one row of the primary
 * every second, and reads it on the replica. That needs no right, and no server that knows its lag.
 */
export class ReadReplica implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('Replica');
  /** The newest beat that is known to be on the primary. */
  private written: number | null = null;
  private lagMs: number | null = null;
  private problem: string | null = 'it has not been asked yet';
  /** After a read on it failed: not before this time. */
  private restsUntil = 0;
  /** What the log says of it; null: nothing yet. */
  private wasUsed: boolean | null = null;
  private looking: Promise<void> | null = null;

  /** @param replica null: there is none */
  constructor(
    readonly primary: DataSource,
    private readonly replica: ReplicaSource | null,
    private readonly schedule: SchedulerRegistry,
    private readonly clock: Clock,
  ) {}

  /** A replica that is away does not hold the start. */
  onApplicationBootstrap(): void {
    if (!this.replica) return;
    void this.look();
    runEvery(this.schedule, LOOK, LOOK_EVERY_MS, () => void this.look());
  }

  /** One that hangs does not hold the requests that are still answered. */
  beforeApplicationShutdown(): void {
    if (!this.replica) return;
    stopRunning(this.schedule, LOOK);
    hurryStatements(this.replica.dataSource);
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.replica) return;
    const { dataSource } = this.replica;
    await within(LONGEST_END_MS, this.looking ?? Promise.resolve());
    // One that hangs is left to the end of the process.
    if (dataSource.isInitialized) {
      await within(
        LONGEST_END_MS,
        dataSource.destroy().catch(() => undefined),
      );
    }
  }

  /** How the replica is; null: there is none. */
  get state(): ReplicaState | null {
    if (!this.replica) return null;
    const { lagMs, problem } = this;
    const secondsBehind = lagMs === null ? null : Math.ceil(lagMs / 1_000);
    return { isUsed: problem === null, secondsBehind, problem };
  }

  /**
   * Reads, from the replica where that may be and can be. A read that fails on it is made on the primary.
   *
   * @param read writes nothing; it may be run twice
   */
  async read<T>(freshness: Freshness, read: (manager: EntityManager) => Promise<T>): Promise<Reading<T>> {
    const { replica, state } = this;
    if (freshness === 'may-be-behind' && replica && state?.isUsed) {
      try {
        return { value: await read(replica.dataSource.manager), secondsBehind: state.secondsBehind };
      } catch (error) {
        if (!(error instanceof QueryFailedError) && !isUnavailable(error)) throw error;
        this.restsUntil = this.clock.now() + REST_MS;
        this.judge(null, `a read failed: ${(error as Error).message}`);
      }
    }
    return { value: await read(this.primary.manager), secondsBehind: null };
  }

  /**
   * Finds one thing by its id, as {@link read}. What the replica does not have the primary is asked for.
   *
   * @param isFinal whether what the replica has will do; else the primary is asked too. Default: it will
   */
  async find<T>(
    freshness: Freshness,
    find: (manager: EntityManager) => Promise<T | null>,
    isFinal: (found: T) => boolean = () => true,
  ): Promise<T | null> {
    const { value, secondsBehind } = await this.read(freshness, find);
    if (secondsBehind === null || (value !== null && isFinal(value))) return value;
    return find(this.primary.manager);
  }

  /** Asks the replica how far it is behind, and beats. Never throws; two calls at a time are one. */
  async look(): Promise<void> {
    const { replica } = this;
    if (!replica) return;
    this.looking ??= this.lookOnce(replica).finally(() => (this.looking = null));
    await this.looking;
  }

  private async lookOnce({ dataSource, maxLagMs }: ReplicaSource): Promise<void> {
    const asking = this.ask(dataSource);
    const isLate = (await within(LONGEST_LOOK_MS, asking)) === undefined;
    if (isLate) this.judge(null, 'it does not answer');
    // The next look comes when this one has ended, so that a server that hangs gets one connection of them.
    const answer = await asking;
    if (typeof answer === 'string') this.judge(null, answer);
    else if (!isLate) this.judgeLag(computeLag(answer.beat, this.written, answer.askedAt), maxLagMs);
    await this.beat();
  }

  /** @returns the beat that it has and when it was asked; a clause where it could not be */
  private async ask(dataSource: DataSource): Promise<{ beat: number | null; askedAt: number } | string> {
    try {
      if (!dataSource.isInitialized) await connectToAny(dataSource);
      const askedAt = this.clock.now();
      return { beat: await readBeat(dataSource.manager), askedAt };
    } catch (error) {
      return (error as Error).message;
    }
  }

  private async beat(): Promise<void> {
    const now = this.clock.now();
    try {
      await writeBeat(this.primary.manager, now);
      this.written = now;
    } catch {
      // A primary that is away has nothing that its replica lacks; others report it.
    }
  }

  private judgeLag(lagMs: number | null, maxLagMs: number): void {
    if (this.clock.now() < this.restsUntil) return;
    if (lagMs === null) this.judge(null, 'how far it is behind is not known');
    else if (lagMs <= maxLagMs) this.judge(lagMs, null);
    else this.judge(lagMs, `it is ${Math.ceil(lagMs / 1_000)} s behind`);
  }

  private judge(lagMs: number | null, problem: string | null): void {
    this.lagMs = lagMs;
    this.problem = problem;
    const isUsed = problem === null;
    // Before the first beat has come, nothing is to be told.
    if (isUsed === this.wasUsed || (this.wasUsed === null && this.written === null)) return;
    this.wasUsed = isUsed;
    const name = this.replica ? describeDatabase(this.replica.dataSource.options) : '';
    if (isUsed) this.logger.log(`History, lists and charts are read from the read replica ${name}.`);
    else {
      this.logger.warn(
        `The read replica ${name} cannot be used now: ${problem}. History, lists and charts are read from the primary until it can.`,
      );
    }
  }
}

/** @returns undefined where it takes longer */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
