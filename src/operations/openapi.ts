import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { JsonObject } from '../events/webhook-event.js';
import { EventCatalogue, type EventType } from '../events/event-catalogue.js';
import { VERSION } from '../version.js';

const DESCRIPTION =
  'Outgoing webhooks: recorded with the change, signed, retried on a schedule, kept in a history.';

/**
 * Serves the API's description at `/openapi.json` and a page over it at `/docs`. The page's scripts and styles come
 * from this server, so that it works where there is no way out.
 */
export function serveOpenApi(app: INestApplication): void {
  const catalogue = app.get(EventCatalogue, { strict: false });
  SwaggerModule.setup('docs', app, () => openApiDocument(app, catalogue), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Posthorn API',
    swaggerOptions: { persistAuthorization: true, validatorUrl: null },
  });
}

function openApiDocument(app: INestApplication, catalogue: EventCatalogue): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Posthorn')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An admin token.' })
    .addSecurityRequirements('bearer')
    .build();
  const webhooks = Object.fromEntries(catalogue.all().map((type) => [type.name, webhookOf(type)]));
  return SwaggerModule.createDocument(app, { ...config, webhooks } as typeof config);
}

/** How an event reaches a receiver, in the default format. */
function webhookOf(type: EventType) {
  const { properties = {}, required = [] } = type.schema as { properties?: JsonObject; required?: string[] };
  const model = type.hasUid ? { model: { type: 'string' } } : {};
  return {
    post: {
      summary: type.description,
      operationId: `receive ${type.name}`,
      tags: ['Deliveries'],
      security: [],
      parameters: ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'X-Strapi-Event'].map((name) => ({
        name,
        in: 'header',
        required: true,
        schema: { type: 'string' },
      })),
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: {
                event: { const: type.name },
                created_at: { type: 'string', format: 'date-time' },
                ...model,
                ...properties,
              },
              required: ['event', 'created_at', ...Object.keys(model), ...required],
            },
          },
        },
      },
      responses: { '2XX': { description: 'Taken. Anything else is tried again.' } },
    },
  };
}
