import type { JsonObject } from '../events/json.js';
import { VERSION } from '../package.js';
import { collectDataSchemas, type DescribedBody, type DescribedEvent } from './described-event.js';
import { DELIVERY_HEADERS } from './openapi-webhooks.js';

/** The dialect of every schema in the document, which is not AsyncAPI's own. */
const SCHEMA_FORMAT = 'application/schema+json;version=draft-2020-12';

/**
 * Builds the AsyncAPI 3.0 document of the events: one channel, whose address is the URL of a webhook, one operation, and
 * a message for every event type and format.
 */
export function buildAsyncApiDocument(events: readonly DescribedEvent[]): JsonObject {
  const { nameOf, schemas } = collectDataSchemas(events, (name) => `#/components/schemas/${name}/schema`);
  const messages = events.flatMap((event) =>
    event.bodies.map((body): [string, JsonObject] => [
      `${event.name}.${body.format}`,
      messageOf(event, body, `#/components/schemas/${nameOf(body.dataSchema)}/schema`),
    ]),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Posthorn events',
      version: VERSION,
      description:
        'The requests that are POSTed to the URL of each webhook that is subscribed to the event, in its format.',
    },
    defaultContentType: 'application/json',
    channels: {
      webhook: {
        address: null,
        description: 'The URL of a webhook.',
        messages: Object.fromEntries(
          messages.map(([name]) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
    },
    operations: {
      deliver: {
        action: 'send',
        channel: { $ref: '#/channels/webhook' },
        summary: 'A delivery: one event for one webhook.',
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
      },
    },
    components: {
      messages: Object.fromEntries(messages),
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, withSchemaFormat(schema)]),
      ),
    },
  };
}

function messageOf(
  { name, description: summary }: DescribedEvent,
  body: DescribedBody,
  dataRef: string,
): JsonObject {
  const headers = Object.entries(DELIVERY_HEADERS);
  return {
    name,
    title: `${name}, ${body.format}`,
    summary,
    contentType: body.contentType,
    headers: withSchemaFormat({
      type: 'object',
      properties: Object.fromEntries(
        headers.map(([header, description]) => [header, { type: 'string', description }]),
      ),
      required: headers.map(([header]) => header),
    }),
    payload: withSchemaFormat(body.schema(dataRef)),
    examples: [{ name: body.format, payload: body.example }],
  };
}

function withSchemaFormat(schema: JsonObject): JsonObject {
  return { schemaFormat: SCHEMA_FORMAT, schema };
}
