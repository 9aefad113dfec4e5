import type { EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, tableOf } from '../../database/dialect.js';
import { insertRows } from '../../database/insert-rows.js';
import { AttemptEntity } from '../model/delivery-entities.js';
import type { Outcome } from '../model/outcome.js';
import type { AttemptRequest } from './request-log.js';

/**
 * Inserts the attempts of outcomes into the history.
 *
 * @param requests what the rows say of their requests, in the order of the outcomes
 */
export async function insertAttempts(
  manager: EntityManager,
  outcomes: Outcome[],
  requests: AttemptRequest[],
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
      attempt.error,
      requests[index]?.headers ?? JSON.stringify(attempt.requestHeaders),
      attempt.responseHeaders && JSON.stringify(attempt.responseHeaders),
      attempt.responseBody,
      attempt.responseTruncated,
      requests[index]?.requestId ?? null,
    ]),
  );
}
