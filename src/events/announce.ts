import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { WebhookEvent } from './webhook-event.js';

/** Nobody recorded an announced event. The change that it belongs to must not be committed. */
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
 * Announces something that happened, inside the transaction in which it happened. When it resolves, the event's row
 * is written by that transaction's manager and is committed or rolled back with the change.
 *
 * @throws {EventNotRecordedError} when no recorder acknowledged it; let it pass, so that the change rolls back
 * @throws whatever the recorder threw
 */
export async function announce(emitter: EventEmitter2, event: WebhookEvent): Promise<void> {
  await emitter.emitAsync(event.type, event);
  if (event.recordedId === null) throw new EventNotRecordedError(event.type);
}
