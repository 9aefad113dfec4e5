import { type EntityManager, type DataSource, LessThan, MoreThan } from 'typeorm';
import { SEAL_VERSION, WebhookEntity } from '../model/webhook.entity.js';
import { SealError } from './encryption.js';
import { sealedAnew, type SealedPlace } from './webhook-secrets.js';
import { Logger } from '@nestjs/common';
import type { DataStep } from '../../database/migrate.js';
import { withSecureDelete } from '../../database/with-secure-delete.js';
import { inReadCommitted } from '../../database/transactions.js';
import { bumpRegistry } from '../model/registry-version.js';

/** The columns of a webhook that hold sealed text, and what their values are bound to. */
const PLACES = [
  ['secret', 'secret'],
  ['sealedHeaders', 'headers'],
  ['previousSecrets', 'previous'],
] as const satisfies [keyof WebhookEntity, SealedPlace][];

/** So many rows are read at a time, and sealed in one transaction. */
export const ROWS_AT_A_TIME = 100;

/** What sealing came to. */
export interface SealCounts {
  /** Webhooks that were looked at. */
  webhooks: number;
  /** Values that were sealed anew. */
  sealed: number;
  /** Values that the newest key had sealed already. */
  upToDate: number;
  /** What no key opens: `webhooks/<id>/secret`. */
  unopened: string[];
}

export const NOTHING_SEALED: Readonly<SealCounts> = { webhooks: 0, sealed: 0, upToDate: 0, unopened: [] };

export function addCounts(a: SealCounts, b: SealCounts): SealCounts {
  return {
    webhooks: a.webhooks + b.webhooks,
    sealed: a.sealed + b.sealed,
    upToDate: a.upToDate + b.upToDate,
    unopened: [...a.unopened, ...b.unopened],
  };
}

/**
 * Seals the values of some webhooks with the newest key, each for its place, in the caller's transaction. What no key
 * opens is left as it is and told.
 */
export async function sealRows(
  manager: EntityManager,
  rows: readonly WebhookEntity[],
  keys: readonly Buffer[],
): Promise<SealCounts> {
  const counts: SealCounts = { ...NOTHING_SEALED, webhooks: rows.length, unopened: [] };
  for (const row of rows) {
    const changes: Partial<WebhookEntity> =
      row.sealVersion === SEAL_VERSION ? {} : { sealVersion: SEAL_VERSION };
    const seal = (place: SealedPlace, stored: string, keep: (sealed: string) => void): void => {
      try {
        const sealed = sealedAnew(stored, row.id, place, keys);
        if (sealed === null) counts.upToDate += 1;
        else {
          keep(sealed);
          counts.sealed += 1;
        }
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        counts.unopened.push(`webhooks/${row.id}/${place}`);
      }
    };
    for (const [column, place] of PLACES) {
      const stored = row[column];
      if (stored !== null) seal(place, stored, (sealed) => (changes[column] = sealed));
    }
    const key = row.tls?.key;
    if (key !== undefined) {
      seal('tls', key, (sealed) => (changes.tls = { ...row.tls, key: sealed }));
    }
    if (Object.keys(changes).length > 0) await manager.update(WebhookEntity, { id: row.id }, changes);
  }
  return counts;
}

/**
 * Seals what an earlier version stored otherwise: headers stood in the clear, and secrets were bound to their row
 * alone. A few webhooks a transaction, each marked in it, so that a start which is killed leaves none half done and the
 * next goes on; a start that finds none marked as old costs one look into an index.
 */
export function sealAtStart(keys: readonly Buffer[]): DataStep {
  const logger = new Logger('Secrets');
  return async (dataSource) => {
    // Nearly every start ends here.
    if ((await oldest(dataSource.manager, 1)).length === 0) return;
    const counts = await withSecureDelete(dataSource, () => sealAll(dataSource, keys));
    logger.log(
      `Sealed ${counts.sealed} values of ${counts.webhooks} webhooks that an earlier version had stored.`,
    );
    if (counts.unopened.length > 0) logger.warn(lost(counts.unopened));
  };
}

async function sealAll(dataSource: DataSource, keys: readonly Buffer[]): Promise<SealCounts> {
  let counts: SealCounts = NOTHING_SEALED;
  for (;;) {
    const some = await inReadCommitted(dataSource, async (manager) => {
      // Holds back changes by other instances, and tells them to read anew.
      await bumpRegistry(manager);
      return sealRows(manager, await oldest(manager, ROWS_AT_A_TIME), keys);
    });
    if (some.webhooks === 0) return counts;
    counts = addCounts(counts, some);
  }
}

function lost(places: readonly string[]): string {
  const named = places.slice(0, 5).join(', ');
  return (
    `No key of SECRETS_KEY opens ${places.length} of them (${named}${places.length > 5 ? ', …' : ''}). ` +
    'Those webhooks send nothing until the key is back, or the values are replaced.'
  );
}

async function oldest(manager: DataSource['manager'], take: number): Promise<WebhookEntity[]> {
  return manager.find(WebhookEntity, {
    where: { sealVersion: LessThan(SEAL_VERSION) },
    order: { sealVersion: 'ASC', id: 'ASC' },
    take,
  });
}

/**
 * Seals everything that is secret of every webhook with the newest key, so that the older ones can be taken out of
 * SECRETS_KEY. Some webhooks a transaction: it can be cut off and run again, and does nothing twice. Instances that run
 * meanwhile go on, as long as they have the newest key in their list.
 *
 * @param keys 32 bytes each, newest first
 */
export async function resealWebhooks(dataSource: DataSource, keys: readonly Buffer[]): Promise<SealCounts> {
  let counts: SealCounts = NOTHING_SEALED;
  for (let last: string | null = ''; last !== null;) {
    const after: string = last;
    const some = await inReadCommitted(dataSource, async (manager) => {
      // Holds back changes by other instances while these rows are read and written.
      await bumpRegistry(manager);
      const rows = await manager.find(WebhookEntity, {
        where: { id: MoreThan(after) },
        order: { id: 'ASC' },
        take: ROWS_AT_A_TIME,
      });
      return { counts: await sealRows(manager, rows, keys), last: rows.at(-1)?.id ?? null };
    });
    counts = addCounts(counts, some.counts);
    last = some.last;
  }
  return counts;
}
