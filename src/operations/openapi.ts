import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from '../package.js';
import { buildAsyncApiDocument } from './asyncapi.js';
import type { DescribedEvent } from './described-event.js';
import { describeWebhookRequests } from './openapi-webhooks.js';

const DESCRIPTION =
  'Outgoing webhooks: recorded with the change, signed, retried on a schedule, kept in a history.';

interface JsonResponse {
  json(body: unknown): void;
}

/**
 * Serves the OpenAPI document at `/openapi.json`, Swagger UI at `/docs` and the AsyncAPI document of the events at
 * `/asyncapi.json`, all without a token. Swagger UI's scripts and styles come from this server, so that it works without
 * access to the internet.
 *
 * @param events gives all event types; called when a document is requested, so that a host may register more until then
 */
export function serveOpenApi(app: INestApplication, events: () => DescribedEvent[]): void {
  SwaggerModule.setup('docs', app, () => buildOpenApiDocument(app, events()), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Posthorn API',
    // Swagger UI would keep the token in localStorage, where every page of this origin reads it and it outlives the tab.
    swaggerOptions: { persistAuthorization: false, validatorUrl: null },
  });
  app.getHttpAdapter().get('/asyncapi.json', (_: unknown, response: JsonResponse) => {
    response.json(buildAsyncApiDocument(events()));
  });
}

function buildOpenApiDocument(app: INestApplication, events: readonly DescribedEvent[]): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Posthorn')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setOpenAPIVersion('3.1.0')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An admin token.' })
    .addSecurityRequirements('bearer')
    .build();
  const { webhooks, schemas } = describeWebhookRequests(events);
  const document = SwaggerModule.createDocument(app, { ...config, webhooks } as typeof config);
  const components = { ...document.components, schemas: { ...document.components?.schemas, ...schemas } };
  return { ...document, paths: addSummaries(document.paths), components } as OpenAPIObject;
}

/** Gives each operation without a summary one that is made from the name of its handler. */
function addSummaries(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  return Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods as Record<string, { operationId?: string }>).map(([method, operation]) => [
          method,
          { summary: summaryOf(operation.operationId ?? path), ...operation },
        ]),
      ),
    ]),
  );
}

/** `Webhooks: remove many` of `WebhooksController_removeMany`. */
function summaryOf(operationId: string): string {
  const [controller = '', handler = ''] = operationId.split('_');
  const words = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const about = words(controller.replace(/Controller$/, ''));
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}: ${words(handler)}`;
}
