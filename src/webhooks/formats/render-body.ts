import type { JsonObject } from '../../events/json.js';
import { renderCloudEvent, CLOUDEVENTS_TYPE } from './cloudevents.js';
import type { RecordedEvent } from './recorded-event.js';
import { type Rendering, nameRendering } from './rendering.js';
import { renderStandard } from './standard.js';
import { renderStrapiV3 } from './strapi-v3.js';
import { renderStrapiV5 } from './strapi-v5.js';

/** A request body. It is stored at fan-out and never rendered again, so every attempt sends the same bytes. */
export interface RenderedBody {
  /** Distinguishes the bodies of one event: format and includes, `strapi-v3+previous`. */
  rendering: string;
  /** The request's `Content-Type`. */
  contentType: string;
  /** The text, which is sent and signed as UTF-8. */
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

/** The formats of bodies. */
export const FORMAT_NAMES: readonly string[] = [...FORMATS.keys()];

/** The format of a webhook that names none. */
export const DEFAULT_FORMAT = 'strapi-v3';

/**
 * Renders an event's body in a webhook's format, with its includes.
 *
 * @throws when there is no such format
 */
export function renderBody(wanted: Rendering, event: RecordedEvent): RenderedBody {
  const { contentType, render } = getFormat(wanted.format);
  return { rendering: nameRendering(wanted), contentType, body: JSON.stringify(render(event, wanted)) };
}

/**
 * Returns the `Content-Type` of a format's bodies.
 *
 * @throws when there is no such format
 */
export function getContentType(format: string): string {
  return getFormat(format).contentType;
}

function getFormat(name: string): Format {
  const format = FORMATS.get(name);
  if (!format) throw new Error(`There is no format "${name}". There are: ${FORMAT_NAMES.join(', ')}.`);
  return format;
}
