import type { EntityManager } from 'typeorm';
import { writeUnchanged } from '../../database/conditional-write.js';
import { dialectOf, insertIgnore, placeholderRows, tableOf } from '../../database/dialect.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';

/** What follows from attempts. The token bucket is a claim's to write, and what filters count is added. */
const WRITTEN = [
  'lastSuccessAt',
  'consecutiveFailures',
  'pausedUntil',
  'breaker',
  'timesOpened',
  'windowStartedAt',
  'windowAttempts',
  'windowFailures',
  'failingSince',
  'exhaustedCount',
] as const satisfies readonly (keyof WebhookHealthEntity)[];

const ROWS_PER_STATEMENT = 500;

/**
 * Writes the health of receivers, each row if nobody has written it since it was read: the claim of a probe and a claim
 * that took tokens do, and so does another instance that counted attempts.
 *
 * @param rows sorted by their webhooks, with the `writeToken` that was read; an empty one: there may be no row yet
 * @param writeToken a new one
 * @throws {LostRaceError} when a row was written meanwhile
 */
export async function writeHealth(
  manager: EntityManager,
  rows: readonly WebhookHealthEntity[],
  writeToken: string,
): Promise<void> {
  const table = tableOf(manager, WebhookHealthEntity);
  await insertMissing(
    manager,
    table,
    rows.flatMap((row) => (row.writeToken === '' ? [row.webhookId] : [])),
  );
  const { columns } = manager.dataSource.getMetadata(WebhookHealthEntity);
  const nameOf = (property: string) =>
    columns.find(({ propertyName }) => propertyName === property)?.databaseName ?? property;
  await writeUnchanged(
    manager,
    table,
    { key: 'webhook_id', columns: WRITTEN.map(nameOf), token: 'write_token' },
    rows.map((row) => [row.webhookId, ...WRITTEN.map((property) => row[property]), row.writeToken]),
    writeToken,
  );
}

async function insertMissing(manager: EntityManager, table: string, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += ROWS_PER_STATEMENT) {
    const some = ids.slice(from, from + ROWS_PER_STATEMENT);
    await manager.query(
      `${insertIgnore(dialectOf(manager))} ${table} (webhook_id, consecutive_failures)
       VALUES ${placeholderRows(some.length, 2)}`,
      some.flatMap((webhookId) => [webhookId, 0]),
    );
  }
}
