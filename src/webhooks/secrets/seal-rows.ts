import type { EntityManager } from 'typeorm';
import { SEAL_VERSION, WebhookEntity } from '../webhook.entity.js';
import { SealError } from './seal.js';
import { sealedAnew, type SealedPlace } from './sealed-values.js';

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
