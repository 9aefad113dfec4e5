import { type EntityManager, In } from 'typeorm';
import { joinHeaders, type SplitHeaders } from '../model/common-headers.js';
import type { AttemptEntity, DeliveryEntity } from '../model/delivery-entities.js';
import { RequestEntity } from '../model/request.entity.js';

/**
 * Completes the attempts of one delivery with what their requests share with others: URL and headers stand once for
 * many attempts.
 */
export async function completeAttempts(
  manager: EntityManager,
  attempts: AttemptEntity[],
  { eventId, event }: Pick<DeliveryEntity, 'eventId' | 'event'>,
): Promise<AttemptEntity[]> {
  const ids = [...new Set(attempts.flatMap(({ requestId }) => requestId ?? []))];
  if (ids.length === 0) return attempts;
  const shared = new Map((await manager.findBy(RequestEntity, { id: In(ids) })).map((row) => [row.id, row]));
  return attempts.map((attempt) => {
    const row = attempt.requestId === null ? undefined : shared.get(attempt.requestId);
    return row ? completeAttempt(attempt, row, { eventId, event }) : attempt;
  });
}

/** Completes an attempt with the row that its `requestId` names. */
export function completeAttempt(
  attempt: AttemptEntity,
  row: RequestEntity,
  { eventId, event }: Pick<DeliveryEntity, 'eventId' | 'event'>,
): AttemptEntity {
  const { number, startedAt } = attempt;
  const split: SplitHeaders = {
    common: JSON.parse(row.headers) as SplitHeaders['common'],
    own: JSON.parse(attempt.requestHeaders) as SplitHeaders['own'],
  };
  const headers = joinHeaders(split, { eventId, event, number, startedAt });
  return { ...attempt, url: row.url, requestHeaders: JSON.stringify(headers) };
}
