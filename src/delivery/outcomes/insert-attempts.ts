import type { EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, tableOf } from '../../database/dialect.js';
import { insertRows } from '../../database/insert-rows.js';
import { AttemptEntity } from '../model/delivery-entities.js';
import type { Attempt } from '../model/attempt.js';
import { ERASED_ERROR } from '../model/erased-events.js';
import type { Outcome } from '../model/outcome.js';
import type { AttemptRequest } from './request-log.js';

const NOTHING_ERASED: ReadonlySet<string> = new Set();

/**
 * Inserts the attempts of outcomes into the history.
 *
 * @param requests what the rows say of their requests, in the order of the outcomes
 * @param erased the ids of events that were erased meanwhile: of their attempts only times and status are kept
 */
export async function insertAttempts(
  manager: EntityManager,
  outcomes: Outcome[],
  requests: AttemptRequest[],
  erased: ReadonlySet<string> = NOTHING_ERASED,
): Promise<void> {
  await insertRows(
    manager,
    // IGNORE: after a COMMIT whose answer was lost the batch is recorded again.
    `${insertIgnore(dialectOf(manager))} ${tableOf(manager, AttemptEntity)}
     (delivery_id, number, \`trigger\`, started_at, duration_ms, url, status_code, error,
      request_headers, response_headers, response_body, response_truncated, request_id)`,
    outcomes.map(({ claim, attempt }, index) => [
      claim.deliveryId,
      claim.number,
      claim.trigger,
      attempt.startedAt,
      attempt.durationMs,
      requests[index]?.url ?? attempt.url,
      attempt.statusCode,
      ...(erased.has(claim.eventId) ? listErased(attempt) : listExchanged(attempt, requests[index])),
      requests[index]?.requestId ?? null,
    ]),
  );
}

/** From the error to whether the answer was cut. */
function listExchanged(attempt: Attempt, request: AttemptRequest | undefined): unknown[] {
  return [
    attempt.error,
    request?.headers ?? JSON.stringify(attempt.requestHeaders),
    attempt.responseHeaders && JSON.stringify(attempt.responseHeaders),
    attempt.responseBody,
    attempt.responseTruncated,
  ];
}

function listErased({ error }: Attempt): unknown[] {
  return [error === null ? null : ERASED_ERROR, '{}', null, null, false];
}
