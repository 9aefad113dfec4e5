import type { JsonObject } from '../events/json.js';
import { dataComponents, type DescribedBody, type DescribedEvent } from './described-event.js';

/** The headers that every delivery carries, and what each is. */
export const DELIVERY_HEADERS: Record<string, string> = {
  'webhook-id': "The event's id, the same for every attempt.",
  'webhook-timestamp': 'Unix seconds of this attempt.',
  'webhook-signature': 'As Standard Webhooks 1.0.0 says: `v1,` and base64, several with spaces.',
  'X-Strapi-Event': "The event's name.",
  'X-Posthorn-Attempt': '1 for the first attempt of a delivery.',
};

/** What OpenAPI 3.1 says of the requests that receivers get: `webhooks`, and the schemas that they refer to. */
export function openApiWebhooks(events: readonly DescribedEvent[]): {
  webhooks: JsonObject;
  schemas: Record<string, JsonObject>;
} {
  const placeOf = (name: string) => `#/components/schemas/${name}`;
  const { nameOf, schemas } = dataComponents(events, placeOf);
  const placed = (body: DescribedBody) => body.schema(placeOf(nameOf(body.dataSchema)));
  return {
    webhooks: Object.fromEntries(events.map((event) => [event.name, webhookOf(event, placed)])),
    schemas,
  };
}

function webhookOf(
  { name, description, bodies }: DescribedEvent,
  placed: (body: DescribedBody) => JsonObject,
) {
  const types = [...new Set(bodies.map(({ contentType }) => contentType))];
  return {
    post: {
      summary: description,
      operationId: `receive-${name}`,
      tags: ['Deliveries'],
      security: [],
      parameters: Object.entries(DELIVERY_HEADERS).map(([header, told]) => ({
        name: header,
        in: 'header',
        description: told,
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
              placed,
            ),
          ]),
        ),
      },
      responses: {
        '2XX': { description: 'Taken.' },
        '410': { description: 'Gone: the webhook is disabled.' },
        default: { description: 'Tried again, as the webhook’s schedule says.' },
      },
    },
  };
}

function contentOf(bodies: DescribedBody[], placed: (body: DescribedBody) => JsonObject): JsonObject {
  return {
    schema: { oneOf: bodies.map((body) => ({ title: body.format, ...placed(body) })) },
    examples: Object.fromEntries(bodies.map(({ format, example }) => [format, { value: example }])),
  };
}
