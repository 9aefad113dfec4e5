import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

/** An instance of an earlier release works on this database: it cannot be left behind yet. */
export class EarlierReleaseSeenError extends Error {
  override readonly name = 'EarlierReleaseSeenError';

  constructor() {
    super(
      'An instance of an earlier release still works on this database: it took an event that was laid out for it. ' +
        'Stop every instance of that release, then run this again.',
    );
  }
}

/** How {@link finishMigration} waits for an instance of an earlier release to show itself. */
export interface FinishOptions {
  /** Of the tables' names. Default: none. */
  prefix?: string;
  /** How long, milliseconds. Default: 10,000, ten polls of its worker. */
  waitMs?: number;
  /** How often it is looked for, milliseconds. Default: 250. */
  everyMs?: number;
}

/** An event that is postponed has a negative time; an earlier release takes it for one that is due. */
const POSTPONED_MS = 60_000;

const PROBE_TYPE = 'posthorn.migration-probe';

/**
 * Ends the time in which one can go back to an earlier release: from then on new forms of data are used, which it does
 * not read. An event is laid out that only an earlier release takes (it does not know of postponed events), and that is
 * older than any webhook, so that nobody receives it: whoever takes it gives an old worker away.
 *
 * @param now the database's time, epoch milliseconds
 * @returns false where it was finished before
 * @throws {EarlierReleaseSeenError} when an old worker took the event
 */
export async function finishMigration(
  dataSource: DataSource,
  now: () => number,
  { prefix = '', waitMs = 10_000, everyMs = 250 }: FinishOptions = {},
): Promise<boolean> {
  if (await isMigrationFinished(dataSource, prefix)) return false;
  const events = `\`${prefix}webhook_events\``;
  const id = `0-migration-probe-${process.pid}-${now()}`;
  await dataSource.query(
    `INSERT INTO ${events} (id, type, snapshot, fan_out_due_at, created_at) VALUES (?, ?, '{}', ?, 0)`,
    [id, PROBE_TYPE, -(now() + POSTPONED_MS)],
  );
  try {
    for (let waited = 0; waited < waitMs; waited += everyMs) {
      await wait(everyMs);
      const [probe] = await dataSource.query<{ fan_out_due_at: number | null }[]>(
        `SELECT fan_out_due_at FROM ${events} WHERE id = ?`,
        [id],
      );
      if (!probe || probe.fan_out_due_at === null) throw new EarlierReleaseSeenError();
    }
  } finally {
    await dataSource.query(`DELETE FROM ${events} WHERE id = ?`, [id]);
  }
  await dataSource.query(`UPDATE ${registryOf(prefix)} SET migration_finished = ? WHERE id = 1`, [1]);
  return true;
}

/** Whether forms may be used that an earlier release cannot read; a database that was made by this release is finished. */
export async function isMigrationFinished(dataSource: DataSource, prefix = ''): Promise<boolean> {
  const [row] = await dataSource.query<{ migration_finished: number }[]>(
    `SELECT migration_finished FROM ${registryOf(prefix)} WHERE id = 1`,
  );
  return Number(row?.migration_finished) === 1;
}

function registryOf(prefix: string): string {
  return `\`${prefix}webhook_registry\``;
}
