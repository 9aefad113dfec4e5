import type { EntityManager } from 'typeorm';
import { isOperational } from '../../events/event-catalogue.js';
import type { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { isSuccess } from '../model/attempt.js';
import type { DeliveryState } from '../model/delivery-entities.js';
import type { Outcome } from '../model/outcome.js';
import { awaitCommit } from '../recording/commit-watch.js';
import { insertEvent } from '../recording/insert-event.js';

/** The outcomes of one transaction. */
interface RecordedOutcomes {
  /** Attempts of the schedule whose lease still held. */
  held: Outcome[];
  /** Attempts that a person asked for. */
  manual: Outcome[];
  /** The deliveries as they stood before. */
  locked: ReadonlyMap<string, { state: DeliveryState }>;
}

/**
 * Records the operational events `delivery.exhausted` and `delivery.recovered` in the transaction that writes the
 * outcomes. Deliveries of operational events make none, so that events cannot beget events.
 *
 * @param now epoch milliseconds
 */
export async function recordDeliveryEvents(
  manager: EntityManager,
  { held, manual, locked }: RecordedOutcomes,
  ids: TimeOrderedIds,
  now: number,
): Promise<void> {
  const events = [
    ...held.flatMap((outcome) => {
      const type = typeOf(outcome);
      return type === null ? [] : [{ type, outcome }];
    }),
    ...manual
      .filter(({ claim, attempt }) => isSuccess(attempt) && locked.get(claim.deliveryId)?.state === 'failed')
      .map((outcome) => ({ type: 'delivery.recovered', outcome })),
  ].filter(({ outcome }) => !isOperational(outcome.claim.event));
  for (const { type, outcome } of events) {
    const { claim, attempt } = outcome;
    await insertEvent(manager, {
      id: ids.next(),
      type,
      model: null,
      uid: null,
      key: claim.deliveryId,
      tenant: claim.webhook.tenant,
      data: {
        deliveryId: claim.deliveryId,
        webhookId: claim.webhook.id,
        eventId: claim.eventId,
        event: claim.event,
        attemptCount: claim.number,
        lastStatusCode: attempt.statusCode,
      },
      createdAt: now,
    });
    awaitCommit(manager, 0);
  }
}

function typeOf({ claim, attempt, result }: Outcome): string | null {
  if (result?.state === 'failed' && result.reason === 'exhausted') return 'delivery.exhausted';
  const isRecovered = claim.trigger === 'recovery' && claim.number > 1 && isSuccess(attempt);
  return isRecovered ? 'delivery.recovered' : null;
}
