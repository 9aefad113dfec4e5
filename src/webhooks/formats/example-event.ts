import type { EventType } from '../../events/event-type.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import type { RecordedEvent } from './recorded-event.js';

/**
 * An event of a type as it could have happened: what a test send tells, and what the API's description shows.
 *
 * @param as under which id, for whom and when
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
    key: type.hasUid || isObject(type.example['media']) ? keyOf(thing) : null,
    data: type.hasUid ? snapshot : type.example,
    context: { previous: null, actor: null, document: type.exampleDocument ?? null },
  };
}

function keyOf(thing: JsonValue | undefined): string | null {
  return isObject(thing) && typeof thing['id'] === 'number' ? String(thing['id']) : null;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
