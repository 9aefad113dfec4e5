import type { JsonObject } from '../events/json.js';
import { VERSION } from '../package.js';
import { dataComponents, type DescribedBody, type DescribedEvent } from './described-event.js';
import { DELIVERY_HEADERS } from './openapi-webhooks.js';

/** Every schema here is of this dialect, which is not AsyncAPI's own. */
const SCHEMA_FORMAT = 'application/schema+json;version=draft-2020-12';

/**
 * The events as AsyncAPI 3.0 describes them: one channel whose address each webhook gives, one operation, and a message
 * for every event type and format.
 */
export function asyncApiDocument(events: readonly DescribedEvent[]): JsonObject {
  const { nameOf, schemas } = dataComponents(events, (name) => `#/components/schemas/${name}/schema`);
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
        'What is POSTed to the URL of a webhook that asked for it, in the format that the webhook names.',
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
      schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, formatted(schema)])),
    },
  };
}

function messageOf(
  { name, description }: DescribedEvent,
  body: DescribedBody,
  dataPlace: string,
): JsonObject {
  const headers = Object.entries(DELIVERY_HEADERS);
  return {
    name,
    title: `${name}, ${body.format}`,
    summary: description,
    contentType: body.contentType,
    headers: formatted({
      type: 'object',
      properties: Object.fromEntries(
        headers.map(([header, told]) => [header, { type: 'string', description: told }]),
      ),
      required: headers.map(([header]) => header),
    }),
    payload: formatted(body.schema(dataPlace)),
    examples: [{ name: body.format, payload: body.example }],
  };
}

function formatted(schema: JsonObject): JsonObject {
  return { schemaFormat: SCHEMA_FORMAT, schema };
}
