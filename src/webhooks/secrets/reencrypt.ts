import { Logger } from '@nestjs/common';
import { type DataSource, type EntityManager, LessThan, MoreThan } from 'typeorm';
import type { DataStep } from '../../database/migrate.js';
import { inReadCommitted } from '../../database/transactions.js';
import { withSecureDelete } from '../../database/with-secure-delete.js';
import { bumpRegistryVersion, recordChangedWebhooks } from '../model/registry-version.js';
import { SEAL_VERSION, WebhookEntity } from '../model/webhook.entity.js';
import { EncryptionError } from './encryption.js';
import { buildEncryptionContext, type EncryptedField, reencryptValue } from './webhook-secrets.js';

/** Rows that one transaction reads and encrypts. */
const ROWS_PER_TRANSACTION = 100;

/** Undecryptable values that the log names. */
const MOST_NAMED = 5;

/** The columns of a webhook that are encrypted as a whole, and their names in the encryption context. */
const COLUMNS = [
  ['secret', 'secret'],
  ['sealedHeaders', 'headers'],
  ['previousSecrets', 'previous'],
] as const satisfies [keyof WebhookEntity, EncryptedField][];

/** The result of encrypting webhooks again. */
export interface ReencryptionCounts {
  /** Webhooks that were read. */
  webhooks: number;
  /** Values that were encrypted again. */
  sealed: number;
  /** Values that the newest key had encrypted already. */
  upToDate: number;
  /** Values that no key decrypts: `webhooks/<id>/secret`. They stay as they are. */
  unopened: string[];
}

/**
 * Upgrades values that an earlier version stored in another form: headers in clear text, and secrets that are bound to
 * their row but not to their column. Each row is marked in the transaction that upgrades it, so a start that is killed
 * leaves no row half done and the next start continues. A start without such rows costs one look into an index.
 *
 * @param keys 32 bytes each, newest first
 */
export function reencryptAtStart(keys: readonly Buffer[]): DataStep {
  const logger = new Logger('Secrets');
  return {
    isPending: async ({ manager }) => (await findOldForm(manager, 1)).length > 0,
    run: async (dataSource) => {
      const counts = await withSecureDelete(dataSource, () =>
        // An upgraded row is no longer of the old form, so every page is the first one.
        reencryptPages(dataSource, keys, (manager) => findOldForm(manager, ROWS_PER_TRANSACTION)),
      );
      logger.log(
        `Encrypted ${counts.sealed} values of ${counts.webhooks} webhooks that an earlier version had stored.`,
      );
      if (counts.unopened.length > 0) logger.warn(describeUndecryptable(counts.unopened));
    },
  };
}

/**
 * Encrypts every secret value of every webhook again with the newest key, so that the operator can remove the older
 * keys from SECRETS_KEY. It can be interrupted and run again: values under the newest key are skipped. Running
 * instances are not disturbed as long as their list holds the newest key.
 *
 * @param keys 32 bytes each, newest first
 */
export async function reencryptWebhooks(
  dataSource: DataSource,
  keys: readonly Buffer[],
): Promise<ReencryptionCounts> {
  return reencryptPages(dataSource, keys, (manager, last) =>
    manager.find(WebhookEntity, {
      where: { id: MoreThan(last) },
      order: { id: 'ASC' },
      take: ROWS_PER_TRANSACTION,
    }),
  );
}

/** Encrypts page after page, one transaction each, until a page is empty. */
async function reencryptPages(
  dataSource: DataSource,
  keys: readonly Buffer[],
  readPage: (manager: EntityManager, lastId: string) => Promise<WebhookEntity[]>,
): Promise<ReencryptionCounts> {
  const total: ReencryptionCounts = { webhooks: 0, sealed: 0, upToDate: 0, unopened: [] };
  for (let lastId: string | undefined = ''; lastId !== undefined;) {
    const after: string = lastId;
    const page = await inReadCommitted(dataSource, async (manager) => {
      // Blocks changes by other instances until the commit, and makes them read the webhooks again.
      await bumpRegistryVersion(manager);
      const rows = await readPage(manager, after);
      await recordChangedWebhooks(
        manager,
        rows.map(({ id }) => id),
      );
      return { counts: await reencryptRows(manager, rows, keys), lastId: rows.at(-1)?.id };
    });
    total.webhooks += page.counts.webhooks;
    total.sealed += page.counts.sealed;
    total.upToDate += page.counts.upToDate;
    total.unopened.push(...page.counts.unopened);
    lastId = page.lastId;
  }
  return total;
}

async function reencryptRows(
  manager: EntityManager,
  rows: readonly WebhookEntity[],
  keys: readonly Buffer[],
): Promise<ReencryptionCounts> {
  const counts: ReencryptionCounts = { webhooks: rows.length, sealed: 0, upToDate: 0, unopened: [] };
  for (const row of rows) {
    const changes: Partial<WebhookEntity> =
      row.sealVersion === SEAL_VERSION ? {} : { sealVersion: SEAL_VERSION };
    const reencrypt = (field: EncryptedField, stored: string, keep: (value: string) => void): void => {
      try {
        const value = reencryptValue(stored, row.id, field, keys);
        if (value === null) counts.upToDate += 1;
        else {
          keep(value);
          counts.sealed += 1;
        }
      } catch (error) {
        if (!(error instanceof EncryptionError)) throw error;
        counts.unopened.push(buildEncryptionContext(row.id, field));
      }
    };
    for (const [column, field] of COLUMNS) {
      const stored = row[column];
      if (stored !== null) reencrypt(field, stored, (value) => (changes[column] = value));
    }
    const key = row.tls?.key;
    if (key !== undefined) reencrypt('tls', key, (value) => (changes.tls = { ...row.tls, key: value }));
    if (Object.keys(changes).length > 0) await manager.update(WebhookEntity, { id: row.id }, changes);
  }
  return counts;
}

/** Finds rows whose values have the form of an earlier version, through the index on `seal_version`. */
async function findOldForm(manager: EntityManager, take: number): Promise<WebhookEntity[]> {
  return manager.find(WebhookEntity, {
    where: { sealVersion: LessThan(SEAL_VERSION) },
    order: { sealVersion: 'ASC', id: 'ASC' },
    take,
  });
}

function describeUndecryptable(places: readonly string[]): string {
  const named = places.slice(0, MOST_NAMED).join(', ');
  const more = places.length > MOST_NAMED ? ', …' : '';
  return (
    `No key of SECRETS_KEY decrypts ${places.length} of them (${named}${more}). ` +
    'Those webhooks send nothing until the key is back in the list, or the values are replaced.'
  );
}
