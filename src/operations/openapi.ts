import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from '../package.js';
import { asyncApiDocument } from './asyncapi.js';
import type { DescribedEvent } from './described-event.js';
import { openApiWebhooks } from './openapi-webhooks.js';

const DESCRIPTION =
  'Outgoing webhooks: recorded with the change, signed, retried on a schedule, kept in a history.';

interface Answering {
  json(body: unknown): void;
}

/**
 * Serves the API's description at `/openapi.json`, a page over it at `/docs`, and the events' own at `/asyncapi.json`,
 * to everyone. The page's scripts and styles come from this server, so that it works where there is no way out.
 *
 * @param events every event type that there is; asked for when a description is first read, so that hosts may add some
 */
export function serveOpenApi(app: INestApplication, events: () => DescribedEvent[]): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app, events()), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Posthorn API',
    swaggerOptions: { persistAuthorization: true, validatorUrl: null },
  });
  app.getHttpAdapter().get('/asyncapi.json', (_: unknown, response: Answering) => {
    response.json(asyncApiDocument(events()));
  });
}

function openApiDocument(app: INestApplication, events: readonly DescribedEvent[]): OpenAPIObject {
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
  const { webhooks, schemas } = openApiWebhooks(events);
  const document = SwaggerModule.createDocument(app, { ...config, webhooks } as typeof config);
  const components = { ...document.components, schemas: { ...document.components?.schemas, ...schemas } };
  return { ...document, paths: summarised(document.paths), components } as OpenAPIObject;
}

/** Says in a few words what an operation does that does not say so itself, from the name that its handler has. */
function summarised(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
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
