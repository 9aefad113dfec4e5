import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { WebhookEvent } from './webhook-event.js';

/** No recorder acknowledged an announced event. The transaction of its change must roll back. */
export class EventNotRecordedError extends Error {
  override readonly name = 'EventNotRecordedError';

  constructor(eventType: string) {
    super(
      `The event "${eventType}" was announced, but no recorder acknowledged it, so the change is rolled back. ` +
        'Announce after the application has started, and import the delivery module where the change is made.',
    );
  }
}

/**
 * Announces an event inside the transaction of its change: the transactional outbox. When the promise resolves, the
 * recorder has inserted the event's row through that transaction's manager, so both commit or both roll back.
 *
 * @throws {EventNotRecordedError} when no recorder acknowledged the event; do not catch it, so that the change rolls
 *   back
 * @throws the error of the recorder
 */
export async function announce(emitter: EventEmitter2, event: WebhookEvent): Promise<void> {
  await emitter.emitAsync(event.type, event);
  if (event.recordedId === null) throw new EventNotRecordedError(event.type);
}
