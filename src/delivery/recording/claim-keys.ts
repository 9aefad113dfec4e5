import type { EntityManager } from 'typeorm';
import { isLocked } from '../../database/database-errors.js';
import {
  byPrimaryKey,
  dialectOf,
  failLocked,
  insertIgnore,
  placeholders,
  tableOf,
} from '../../database/dialect.js';
import { insertRows } from '../../database/insert-rows.js';
import { IdempotencyKeyEntity } from '../model/delivery-entities.js';
import type { RequestKey } from './publication.js';

/** An idempotency key with what was recorded under it. */
export interface KeyedIds extends RequestKey {
  /** The event's id, of an array the first one's. */
  eventId: string;
  /** The ids that an array was answered with, in its order; null: it was one event. */
  eventIds: string[] | null;
}

interface KeyRow {
  key_hash: string;
  event_id: string;
  request_hash: string;
  event_ids: string | null;
}

/**
 * Claims idempotency keys: inserts those that are not there yet, and reads all of them back. Who reads its own id back
 * has won the key. A key that another transaction has inserted and not committed is waited for.
 *
 * @param keys each hash once
 * @param now epoch milliseconds
 * @returns the keys by their hashes
 */
export async function claimKeys(
  manager: EntityManager,
  keys: readonly KeyedIds[],
  now: number,
): Promise<Map<string, KeyedIds>> {
  if (keys.length === 0) return new Map();
  const table = tableOf(manager, IdempotencyKeyEntity);
  // In the order of their hashes, so that two transactions do not deadlock.
  const sorted = keys.toSorted((one, other) => (one.hash < other.hash ? -1 : 1));
  await insertRows(
    manager,
    `${insertIgnore(dialectOf(manager))} ${table} (key_hash, event_id, request_hash, event_ids, created_at)`,
    sorted.map(({ hash, eventId, requestHash, eventIds }) => [
      hash,
      eventId,
      requestHash,
      eventIds && JSON.stringify(eventIds),
      now,
    ]),
  );
  return findKeys(
    manager,
    sorted.map(({ hash }) => hash),
  );
}

/** Finds the keys that are there, by their hashes. */
export async function findKeys(
  manager: EntityManager,
  hashes: readonly string[],
): Promise<Map<string, KeyedIds>> {
  if (hashes.length === 0) return new Map();
  const rows = await manager.query<KeyRow[]>(
    `SELECT key_hash, event_id, request_hash, event_ids FROM ${tableOf(manager, IdempotencyKeyEntity)}
     WHERE key_hash IN (${placeholders(hashes.length)})`,
    [...hashes],
  );
  return new Map(rows.map((row) => [row.key_hash, toKeyedIds(row)]));
}

/** Another transaction holds one of the keys, which a claim would wait for. */
export class KeysHeldError extends Error {
  override readonly name = 'KeysHeldError';
}

/**
 * Looks whether keys can be claimed without waiting. SQLite has no other transaction.
 *
 * @throws {KeysHeldError} when another transaction has inserted or locked one of them
 */
export async function refuseHeldKeys(manager: EntityManager, hashes: readonly string[]): Promise<void> {
  const dialect = dialectOf(manager);
  if (hashes.length === 0 || dialect === 'sqlite') return;
  try {
    await manager.query(
      `SELECT key_hash FROM ${tableOf(manager, IdempotencyKeyEntity)}${byPrimaryKey(dialect)}
       WHERE key_hash IN (${placeholders(hashes.length)})${failLocked(dialect)}`,
      hashes.toSorted(),
    );
  } catch (error) {
    throw isLocked(error) ? new KeysHeldError('Another transaction holds an idempotency key.') : error;
  }
}

/** Gives keys back that the same transaction has won. */
export async function unclaimKeys(manager: EntityManager, hashes: readonly string[]): Promise<void> {
  if (hashes.length === 0) return;
  await manager.query(
    `DELETE FROM ${tableOf(manager, IdempotencyKeyEntity)} WHERE key_hash IN (${placeholders(hashes.length)})`,
    hashes.toSorted(),
  );
}

/** Sets the ids that an array was answered with under a key. */
export async function setEventIds(
  manager: EntityManager,
  hash: string,
  ids: readonly string[],
): Promise<void> {
  await manager.query(
    `UPDATE ${tableOf(manager, IdempotencyKeyEntity)} SET event_ids = ? WHERE key_hash = ?`,
    [JSON.stringify(ids), hash],
  );
}

function toKeyedIds({ key_hash, event_id, request_hash, event_ids }: KeyRow): KeyedIds {
  return {
    hash: key_hash,
    eventId: event_id,
    requestHash: request_hash,
    eventIds: event_ids === null ? null : (JSON.parse(event_ids) as string[]),
  };
}
