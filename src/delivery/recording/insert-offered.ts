import type { EntityManager } from 'typeorm';
import { writeWhere } from '../../database/conditional-write.js';
import { placeholders, shareLocked, tableOf } from '../../database/dialect.js';
import { insertRows } from '../../database/insert-rows.js';
import { isOwnTransaction } from '../../database/own-transactions.js';
import { WebhookRegistryEntity } from '../../webhooks/model/webhook.entity.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import type { HandOff, HandOffOffer } from '../model/hand-off.js';
import { storedEvent } from '../model/stored-event.js';
import { COLUMNS_OF_EVENT, type EventRow, insertEvents, toStoredRow, withMark } from './insert-event.js';

const COLUMNS = `${COLUMNS_OF_EVENT}, lease_token, bodies`;

/** An event's row with what the worker of this process offers to do with it. */
interface Offered {
  row: EventRow;
  offer: HandOffOffer;
}

/**
 * Inserts the rows of events, those that the worker of this process takes under its lease. The recipients were selected
 * among the webhooks of one version: the transaction reads it under a shared lock, so that whoever changes a webhook waits
 * for its commit. Where it is another one, or a change of a webhook is under way, all rows are inserted without a lease.
 *
 * Only a transaction that Posthorn began may use leases: the commit of another one may not be heard, and what was
 * inserted before an inner rollback may not stand.
 *
 * @returns the offers that hold with the commit
 */
export async function insertOffered(
  manager: EntityManager,
  rows: readonly EventRow[],
  handOff: HandOff,
): Promise<HandOffOffer[]> {
  const offered: Offered[] = [];
  const others: EventRow[] = [];
  for (const row of rows) {
    const offer = isOwnTransaction(manager) ? offerRow(row, handOff) : null;
    if (offer) offered.push({ row, offer });
    else others.push(row);
  }
  try {
    if (await insertUnderVersion(manager, offered)) {
      await insertEvents(manager, others);
      return offered.map(({ offer }) => offer);
    }
    for (const { offer } of offered.splice(0)) offer.withdraw();
    await insertEvents(manager, [...rows]);
    return [];
  } catch (error) {
    for (const { offer } of offered) offer.withdraw();
    throw error;
  }
}

function offerRow(row: EventRow, handOff: HandOff): HandOffOffer | null {
  // What is not fanned out has no recipients.
  if (row[MARK_AT] === null) return null;
  const stored = toStoredRow(row);
  return handOff.offer(storedEvent(stored), stored.snapshot);
}

/** The place of `fan_out_due_at` among the columns. */
const MARK_AT = COLUMNS_OF_EVENT.split(', ').indexOf('fan_out_due_at');

/** @returns false where the version is another one, or is being changed: nothing was inserted */
async function insertUnderVersion(manager: EntityManager, offered: readonly Offered[]): Promise<boolean> {
  const [first] = offered;
  if (!first) return true;
  const { version } = first.offer;
  if (offered.some(({ offer }) => offer.version !== version)) return false;
  const into = `INSERT INTO ${tableOf(manager, WebhookEventEntity)} (${COLUMNS})`;
  const proof = `FROM ${tableOf(manager, WebhookRegistryEntity)} WHERE id = 1 AND version = ?${shareLocked(manager)}`;
  if (offered.length === 1) {
    const values = valuesOf(first);
    const written = await writeWhere(manager, `${into} SELECT ${placeholders(values.length)} ${proof}`, [
      ...values,
      version,
    ]);
    return written > 0;
  }
  const held = await manager.query<unknown[]>(`SELECT version ${proof}`, [version]);
  if (held.length === 0) return false;
  await insertRows(manager, into, offered.map(valuesOf));
  return true;
}

function valuesOf({ row, offer: { lease } }: Offered): EventRow {
  return [
    ...withMark(row, MARK_AT, lease ? -lease.until : null),
    lease?.token ?? null,
    lease?.bodies ?? null,
  ];
}
