import type { EventCatalogue } from '../events/event-catalogue.js';
import type { JsonObject } from '../events/json.js';
import type { DescribedEvent } from '../operations/described-event.js';
import { buildBodySchema, selectDataSchema } from '../webhooks/formats/body-schema.js';
import { createExampleEvent } from '../webhooks/formats/example-event.js';
import { getContentType, FORMAT_NAMES, renderBody } from '../webhooks/formats/render-body.js';

/** The id and time of every example. */
const EXAMPLE = {
  id: '0190163d-8694-739b-aea5-966c26f8ad90',
  tenant: null,
  createdAt: Date.parse('2020-01-10T08:47:36.649Z'),
};

/** Describes every event type of a catalogue, with a schema and an example of its body in every format. */
export function describeEvents(catalogue: EventCatalogue, cloudEventsSource: string): DescribedEvent[] {
  return catalogue.all().map((type) => ({
    name: type.name,
    description: type.description,
    bodies: FORMAT_NAMES.map((format) => {
      const rendering = { format, include: [], cloudEventsSource };
      return {
        format,
        contentType: getContentType(format),
        dataSchema: selectDataSchema(format, type),
        schema: (dataRef) => buildBodySchema(format, type, dataRef),
        example: JSON.parse(renderBody(rendering, createExampleEvent(type, EXAMPLE)).body) as JsonObject,
      };
    }),
  }));
}
