import type { JsonObject } from '../../events/json.js';
import { renderCloudEvent, CLOUDEVENTS_TYPE } from './cloudevents.js';
import type { RecordedEvent } from './recorded-event.js';
import { type Rendering, nameRendering } from './rendering.js';
import { renderStandard } from './standard.js';
import { renderStrapiV3 } from './strapi-v3.js';
import { renderStrapiV5 } from './strapi-v5.js';

/** A body as it goes over the wire. Stored, and never rendered again for the same event. */
export interface RenderedBody {
  /** What tells this body from another of the same event: format and includes, `strapi-v3+previous`. */
  rendering: string;
  /** The request's `Content-Type`. */
  contentType: string;
  /** The text; sent and signed as its UTF-8 bytes. */
  body: string;
}

interface Format {
  contentType: string;
  render: (event: RecordedEvent, rendering: Rendering) => JsonObject;
}

const JSON_TYPE = 'application/json';

const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['strapi-v3', { contentType: JSON_TYPE, render: (event, { include }) => renderStrapiV3(event, include) }],
  ['strapi-v5', { contentType: JSON_TYPE, render: (event, { include }) => renderStrapiV5(event, include) }],
  ['standard', { contentType: JSON_TYPE, render: (event, { include }) => renderStandard(event, include) }],
  [
    'cloudevents',
    {
      contentType: CLOUDEVENTS_TYPE,
      render: (event, { include, cloudEventsSource }) => renderCloudEvent(event, include, cloudEventsSource),
    },
  ],
]);

/** The formats that a webhook may ask for. */
export const FORMAT_NAMES: readonly string[] = [...FORMATS.keys()];

/** What a webhook gets that asks for none. */
export const DEFAULT_FORMAT = 'strapi-v3';

/**
 * Renders an event's body as a webhook wants it.
 *
 * @throws when there is no such format
 */
export function renderBody(wanted: Rendering, event: RecordedEvent): RenderedBody {
  const { contentType, render } = formatOf(wanted.format);
  return { rendering: nameRendering(wanted), contentType, body: JSON.stringify(render(event, wanted)) };
}

/** The `Content-Type` of a format's bodies. */
export function getContentType(format: string): string {
  return formatOf(format).contentType;
}

function formatOf(name: string): Format {
  const format = FORMATS.get(name);
  if (!format) throw new Error(`There is no format "${name}". There are: ${FORMAT_NAMES.join(', ')}.`);
  return format;
}
