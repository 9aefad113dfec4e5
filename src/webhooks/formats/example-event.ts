import type { EventType } from '../../events/event-type.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import type { RecordedEvent } from './recorded-event.js';

/**
 * Creates an event from the example of its type, for test sends and the API's description.
 *
 * @param as the event's id, tenant and time
 */
export function createExampleEvent(
  type: EventType,
  as: Pick<RecordedEvent, 'id' | 'tenant' | 'createdAt'>,
): RecordedEvent {
  const { model, ...snapshot } = type.example;
  const thing = type.example['entry'] ?? type.example['media'];
  return {
    ...as,
    type: type.name,
    model: type.hasUid && typeof model === 'string' ? model : null,
    uid: type.exampleUid ?? null,
    key: type.hasUid || isObject(type.example['media']) ? readKey(thing) : null,
    data: type.hasUid ? snapshot : type.example,
    context: { previous: null, actor: null, document: type.exampleDocument ?? null },
  };
}

function readKey(thing: JsonValue | undefined): string | null {
  return isObject(thing) && typeof thing['id'] === 'number' ? String(thing['id']) : null;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
