import type { EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, placeholderRows, tableOf } from '../../database/dialect.js';
import { WebhookVersionEntity } from './webhook-version.entity.js';
import { WebhookRegistryEntity } from './webhook.entity.js';

/** Versions that are kept: a reader that is further behind reads every webhook. */
const VERSIONS_KEPT = 1_000;

/** Webhooks that are read one by one; where more changed, all are read. */
const MOST_CHANGED = 1_000;

/** Rows of one statement. */
const BATCH = 500;

/**
 * Raises the version of the webhooks: `WebhookSource.bumpVersion` for callers outside of Nest's container. A version
 * that no {@link recordChangedWebhooks} follows, such as one of an earlier release, makes readers read every webhook.
 */
export async function bumpRegistryVersion(manager: EntityManager): Promise<void> {
  const table = tableOf(manager, WebhookRegistryEntity);
  await manager.query(`UPDATE ${table} SET version = version + 1 WHERE id = 1`);
}

/**
 * Records which webhooks the transaction that raised the version changed, deleted ones included.
 *
 * @param webhookIds may be empty: then the version changed none
 */
export async function recordChangedWebhooks(
  manager: EntityManager,
  webhookIds: readonly string[],
): Promise<void> {
  const version = await readVersion(manager);
  const versions = tableOf(manager, WebhookVersionEntity);
  const ids = webhookIds.length === 0 ? [''] : [...new Set(webhookIds)].toSorted();
  for (let from = 0; from < ids.length; from += BATCH) {
    const some = ids.slice(from, from + BATCH);
    await manager.query(
      `${insertIgnore(dialectOf(manager))} ${versions} (version, webhook_id)
       VALUES ${placeholderRows(some.length, 2)}`,
      some.flatMap((id) => [version, id]),
    );
  }
  await manager.query(`DELETE FROM ${versions} WHERE version <= ?`, [version - VERSIONS_KEPT]);
}

/**
 * Finds the webhooks that were created, changed or deleted between two versions.
 *
 * @param from without this version
 * @param to and with this one
 * @returns null when every webhook is to be read: a version has no record, or too much has changed
 */
export async function findChangedWebhooks(
  manager: EntityManager,
  from: number,
  to: number,
): Promise<ReadonlySet<string> | null> {
  if (to < from || to - from > VERSIONS_KEPT) return null;
  const most = VERSIONS_KEPT + MOST_CHANGED;
  const rows = await manager.query<{ version: string | number; webhook_id: string }[]>(
    `SELECT version, webhook_id FROM ${tableOf(manager, WebhookVersionEntity)}
     WHERE version > ? AND version <= ? ORDER BY version LIMIT ${most}`,
    [from, to],
  );
  const recorded = new Set(rows.map(({ version }) => Number(version)));
  const changed = new Set(rows.map(({ webhook_id }) => webhook_id).filter((id) => id !== ''));
  const isWhole = rows.length < most && recorded.size === to - from && changed.size <= MOST_CHANGED;
  return isWhole ? changed : null;
}

async function readVersion(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ version: string | number }[]>(
    `SELECT version FROM ${tableOf(manager, WebhookRegistryEntity)} WHERE id = 1`,
  );
  return Number(row?.version ?? 0);
}
