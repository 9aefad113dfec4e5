import type { RecordedEvent } from './recorded-event.js';
import { strapiV3 } from './strapi-v3.js';

/** A body as it goes over the wire. Stored, and never rendered again for the same event. */
export interface RenderedBody {
  /** What tells this body from another of the same event: the format's name. */
  rendering: string;
  /** The request's `Content-Type`. */
  contentType: string;
  /** The text; sent and signed as its UTF-8 bytes. */
  body: string;
}

type Render = (event: RecordedEvent) => Omit<RenderedBody, 'rendering'>;

const FORMATS: ReadonlyMap<string, Render> = new Map([
  ['strapi-v3', (event) => ({ contentType: 'application/json', body: JSON.stringify(strapiV3(event)) })],
]);

/** The formats that a webhook may ask for. */
export const FORMAT_NAMES: readonly string[] = [...FORMATS.keys()];

/** What a webhook gets that asks for none. */
export const DEFAULT_FORMAT = 'strapi-v3';

/**
 * Renders an event's body.
 *
 * @param format one of {@link FORMAT_NAMES}
 * @throws when there is no such format
 */
export function renderBody(format: string, event: RecordedEvent): RenderedBody {
  const render = FORMATS.get(format);
  if (!render) throw new Error(`There is no format "${format}". There are: ${FORMAT_NAMES.join(', ')}.`);
  return { rendering: format, ...render(event) };
}
