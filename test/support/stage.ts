import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InMemoryThrottleStore } from '../../src/admin/throttle/in-memory-throttle-store.js';
import { TokenUses } from '../../src/admin/tokens/token-uses.js';
import { ChangeLog } from '../../src/delivery/live-updates/change-log.js';
import { RollupWriter } from '../../src/delivery/rollups/rollup-writer.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { WebhookChanged } from '../../src/events/webhook-signals.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type Clock, SystemClock } from '../../src/host/clock.js';
import { TimeOrderedIds } from '../../src/host/time-ordered-ids.js';
import type { DatabaseKind, TestDatabase } from './databases.js';
import { type RunningApp, startApp, type StartAppOptions, stopIntervals } from './start-app.js';

type Settings = NonNullable<StartAppOptions['settings']>;

export interface StageOptions extends Omit<StartAppOptions, 'databaseUrl' | 'clock' | 'settings'> {
  /** Laid over the settings of a stage: no worker runs and nothing by interval; a test drives both by hand. */
  settings?: Settings;
  /** Where the clock stands when a test begins, epoch milliseconds; default: now. `system`: the database's clock runs. */
  clock?: number | 'system';
  /** A new application for each test: its subject is what a process keeps in memory, or a worker that runs by itself. */
  isRestarted?: boolean;
}

/** What a test finds set up. Each of these stands for the one of the test that runs. */
export interface Stage {
  app: RunningApp & {
    /** Ends the application and starts it with other settings laid over, for the rest of this test. */
    restart(settings?: Settings): Promise<void>;
  };
  database: TestDatabase;
  receiver: Receiver;
  clock: ManualClock;
}

/**
 * Sets up an application, its database, a receiver and a clock for the tests of a block. All of them share the
 * application; between two tests its tables are emptied, its memory is brought to where a start leaves it, the clock is
 * set back and the receiver is a new one.
 */
export function useStage(kind: DatabaseKind, options: StageOptions = {}): Stage {
  const { settings = {}, clock: startsAt, isRestarted = false, ...rest } = options;
  const clock = new ManualClock();
  const memory = new ProcessMemory(startsAt === 'system' ? new SystemClock() : clock);
  let database: TestDatabase;
  let app: RunningApp | null = null;
  let receiver: Receiver;
  let isAsSet = false;

  const start = async (more: Settings = {}): Promise<void> => {
    memory.forget();
    app = await startApp({
      ...rest,
      ...(startsAt === 'system' ? {} : { clock }),
      providers: [...memory.providers(), ...(rest.providers ?? [])],
      databaseUrl: database.url,
      settings: layered({ delivery: { worker: false } }, settings, more),
    });
    if (!app.settings.delivery.worker) stopIntervals(app);
    isAsSet = Object.keys(more).length === 0;
  };
  const setClock = () => clock.set(typeof startsAt === 'number' ? startsAt : Date.now());
  const stop = async (): Promise<void> => {
    const running = app;
    app = null;
    await running?.close();
  };

  beforeAll(async () => {
    database = await kind.create();
    if (isRestarted) await database.save();
  });

  beforeEach(async () => {
    setClock();
    receiver = await startReceiver();
    if (app === null) {
      await start();
      if (!isRestarted) await database.save();
    }
  });

  afterEach(async () => {
    if (app === null || isRestarted || !isAsSet || !(await settled(app))) await stop();
    await receiver.close();
    await database.restore();
    setClock();
    memory.forget();
    if (app !== null) await reset(app);
  });

  afterAll(async () => {
    await stop();
    await database.drop();
  });

  const running = (): RunningApp => {
    if (app === null) throw new Error('The application of this stage was closed.');
    return app;
  };
  return {
    app: standIn(() => ({
      ...running(),
      close: stop,
      restart: async (more?: Settings) => {
        await stop();
        await start(more);
      },
    })),
    database: standIn(() => database),
    receiver: standIn(() => receiver),
    clock,
  };
}

/**
 * A database for the tests of a block that start applications themselves; each test finds it as a migration leaves it.
 * To be used before the block's own `beforeEach`.
 */
export function useDatabase(kind: DatabaseKind): TestDatabase {
  let database: TestDatabase;
  let isUsed = false;
  beforeAll(async () => {
    database = await kind.create();
    await database.save();
  });
  beforeEach(async () => {
    if (isUsed) await database.restore();
    isUsed = true;
  });
  afterAll(() => database.drop());
  return standIn(() => database);
}

/** A receiver for the tests of a block; a new one for each. */
export function useReceiver(): Receiver {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.close());
  return standIn(() => receiver);
}

/** What of a process counts on from test to test, and has no way of its own to begin anew. */
class ProcessMemory {
  private failures: InMemoryThrottleStore;
  private ids: TimeOrderedIds;

  constructor(private readonly clock: Clock) {
    this.failures = new InMemoryThrottleStore(clock);
    this.ids = new TimeOrderedIds(clock);
  }

  /** Ids never go back in time, but the clock of the next test may. */
  forget(): void {
    this.failures = new InMemoryThrottleStore(this.clock);
    this.ids = new TimeOrderedIds(this.clock);
  }

  providers(): { provide: typeof InMemoryThrottleStore | typeof TimeOrderedIds; useValue: object }[] {
    const failures = { provide: InMemoryThrottleStore, useValue: standIn(() => this.failures) };
    // The database's clock is read by the application; ids follow it, and it does not go back.
    if (!(this.clock instanceof ManualClock)) return [failures];
    return [failures, { provide: TimeOrderedIds, useValue: standIn(() => this.ids) }];
  }
}

/**
 * Writes what an application has noted and not yet written, so that it does not come to the next test.
 *
 * @returns whether that worked; after a test that failed half-way it may not, and the next test needs a new one
 */
async function settled(app: RunningApp): Promise<boolean> {
  try {
    await app.get(DeliveryWorker).flushHealth();
    await app.get(RollupWriter).flush();
    await app.get(ChangeLog).flush();
    await app.get(TokenUses).flush();
    return app.get(DeliveryWorker).inFlight === 0;
  } catch {
    return false;
  }
}

/** Lets an application see that its tables are empty, and clears what else a test leaves. */
async function reset(app: RunningApp): Promise<void> {
  await app.get(EventEmitter2).emitAsync(WebhookChanged.signal, new WebhookChanged('none'));
  // A look that finds nothing begins at the first webhook and the first lane the next time.
  await app.get(DeliveryWorker).runOnce();
  const uploads = join(app.settings.dataDir, 'uploads');
  const files = await readdir(uploads).catch(() => []);
  // What begins with a dot is a folder that the start made.
  for (const file of files.filter((name) => !name.startsWith('.'))) {
    await rm(join(uploads, file), { recursive: true });
  }
}

/** Settings laid over each other, one level deep more than the last says. */
function layered(...layers: Settings[]): Settings {
  const result: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      const below = result[key];
      result[key] = isTree(below) && isTree(value) ? { ...below, ...value } : value;
    }
  }
  return result;
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object that stands for another, which changes. */
function standIn<T extends object>(current: () => T): T {
  return new Proxy({} as T, {
    get: (_, key) => {
      const target = current();
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
