import type { JsonObject } from '../../events/json.js';
import { buildEventData, type RecordedEvent, TEST_EVENT } from './recorded-event.js';
import type { Include } from './rendering.js';

/** The content type of CloudEvents' structured mode over HTTP. */
export const CLOUDEVENTS_TYPE = 'application/cloudevents+json';

/**
 * Renders a CloudEvent 1.0 in structured mode. The id is the `webhook-id`; the subject is the changed thing
 * (`address/1`), left out where there is none. Includes are at the end of `data`, because extension attributes cannot
 * hold objects. The test event has no data: `{}`.
 *
 * @param source a URI reference that names this deployment
 */
export function renderCloudEvent(
  recorded: RecordedEvent,
  include: readonly Include[],
  source: string,
): JsonObject {
  const { id, type, createdAt } = recorded;
  const subject = buildSubject(recorded);
  return {
    specversion: '1.0',
    id,
    source,
    type,
    time: new Date(createdAt).toISOString(),
    ...(subject === null ? {} : { subject }),
    datacontenttype: 'application/json',
    data: type === TEST_EVENT ? {} : buildEventData(recorded, include),
  };
}

/** `address/1`; without a model the first part of the event's name stands for it: `media/1`. */
function buildSubject({ type, model, key }: RecordedEvent): string | null {
  if (key === null) return model;
  return `${model ?? type.split('.')[0]}/${key}`;
}
