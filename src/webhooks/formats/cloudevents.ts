import type { JsonObject } from '../../events/json.js';
import { type RecordedEvent, TEST_EVENT, buildEventData } from './recorded-event.js';
import type { Include } from './rendering.js';

/** The content type of CloudEvents' structured mode over HTTP. */
export const CLOUDEVENTS_TYPE = 'application/cloudevents+json';

/**
 * A CloudEvent 1.0 in structured mode. Its id is the `webhook-id`; its subject the thing that the event is of,
 * `address/1`, left out where it is of none. What is included is at the end of `data`, because extensions hold no
 * objects. The test has no data: `{}`.
 *
 * @param source a URI reference that names this deployment
 */
export function renderCloudEvent(
  recorded: RecordedEvent,
  include: readonly Include[],
  source: string,
): JsonObject {
  const { id, type, createdAt } = recorded;
  const subject = subjectOf(recorded);
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

/** `address/1`; a thing without a model is told by what its events' names begin with: `media/1`. */
function subjectOf({ type, model, key }: RecordedEvent): string | null {
  if (key === null) return model;
  return `${model ?? type.split('.')[0]}/${key}`;
}
