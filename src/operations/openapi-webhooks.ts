import type { JsonObject } from '../events/json.js';
import { collectDataSchemas, type DescribedBody, type DescribedEvent } from './described-event.js';

/** The headers of every delivery, with a description each. */
export const DELIVERY_HEADERS: Record<string, string> = {
  'webhook-id': "The event's id, the same for every attempt.",
  'webhook-timestamp': 'Unix seconds of this attempt.',
  'webhook-signature': 'As Standard Webhooks 1.0.0 says: `v1,` and base64, several with spaces.',
  'X-Strapi-Event': "The event's name.",
  'X-Posthorn-Attempt': '1 for the first attempt of a delivery.',
};

/** Describes the requests that receivers get for OpenAPI 3.1: `webhooks`, and the schemas that they refer to. */
export function describeWebhookRequests(events: readonly DescribedEvent[]): {
  webhooks: JsonObject;
  schemas: Record<string, JsonObject>;
} {
  const refOf = (name: string) => `#/components/schemas/${name}`;
  const { nameOf, schemas } = collectDataSchemas(events, refOf);
  const schemaOf = (body: DescribedBody) => body.schema(refOf(nameOf(body.dataSchema)));
  return {
    webhooks: Object.fromEntries(events.map((event) => [event.name, webhookOf(event, schemaOf)])),
    schemas,
  };
}

function webhookOf(
  { name, description, bodies }: DescribedEvent,
  schemaOf: (body: DescribedBody) => JsonObject,
) {
  const types = [...new Set(bodies.map(({ contentType }) => contentType))];
  return {
    post: {
      summary: description,
      operationId: `receive-${name}`,
      tags: ['Deliveries'],
      security: [],
      parameters: Object.entries(DELIVERY_HEADERS).map(([header, description]) => ({
        name: header,
        in: 'header',
        description,
        required: true,
        schema: { type: 'string' },
      })),
      requestBody: {
        description: 'In the format of the webhook.',
        required: true,
        content: Object.fromEntries(
          types.map((type) => [
            type,
            contentOf(
              bodies.filter(({ contentType }) => contentType === type),
              schemaOf,
            ),
          ]),
        ),
      },
      responses: {
        '2XX': { description: 'The delivery has succeeded.' },
        '410': { description: 'Gone: Posthorn disables the webhook.' },
        default: {
          description: 'The attempt has failed. Posthorn repeats it by the webhook’s retry schedule.',
        },
      },
    },
  };
}

function contentOf(bodies: DescribedBody[], schemaOf: (body: DescribedBody) => JsonObject): JsonObject {
  return {
    schema: { oneOf: bodies.map((body) => ({ title: body.format, ...schemaOf(body) })) },
    examples: Object.fromEntries(bodies.map(({ format, example }) => [format, { value: example }])),
  };
}
