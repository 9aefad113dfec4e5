import type { Server } from 'node:http';
import { resolve } from 'node:path';
import { Logger, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../app.module.js';
import { loadContentTypes } from '../../content/schema-files/load-content-types.js';
import { describedEvents } from '../api-examples.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { requestBounds } from '../../http/request-bounds.js';
import { responseHeaders } from '../../http/response-headers.js';
import { boundServer } from '../../http/server-bounds.js';
import { trustedProxies } from '../../http/trusted-proxies.js';
import { validationPipe } from '../../http/validated-body.js';
import { PACKAGE_ROOT } from '../../package.js';
import { serveOpenApi } from '../../operations/openapi.js';
import type { Settings } from '../../settings/settings.js';

/** How long a browser may remember what another origin may do here. */
const A_PREFLIGHT_S = 600;

/**
 * What Nest is told when it makes the application. The body parser is ours, because its limit is a setting.
 */
export const APPLICATION_OPTIONS = { bodyParser: false } as const satisfies NestApplicationOptions;

/**
 * The module of the standalone backend, with the content types that the settings name.
 *
 * @param warn told what of the content types was left out
 */
export function appModule(
  settings: Settings,
  warn: (sentence: string) => void = (sentence) => new Logger('Content').warn(sentence),
) {
  return AppModule.forRoot(settings, loadContentTypes(resolve(PACKAGE_ROOT, settings.content.types), warn));
}

/**
 * Makes the application, with its database open and migrated. It listens to nothing yet.
 *
 * @throws SettingsError, ContentTypeError, SecretsKeyError, DatabaseUrlError, DatabaseOpenError, MigrationLockError
 */
export async function createApp(
  settings: Settings,
  options: NestApplicationOptions = {},
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(appModule(settings), {
    ...options,
    ...APPLICATION_OPTIONS,
  });
  return configureApp(app, settings);
}

/** Everything about HTTP that no room decides. Tests call it for applications that they made themselves. */
export function configureApp(app: NestExpressApplication, settings: Settings): NestExpressApplication {
  app.disable('x-powered-by');
  app.set('query parser', 'extended');
  app.use(responseHeaders());
  const { corsOrigins } = settings.http;
  // Without it no page of another origin can read an answer.
  if (corsOrigins.length > 0) app.enableCors({ origin: corsOrigins, maxAge: A_PREFLIGHT_S });
  app.use(requestBounds());
  boundServer(app.getHttpServer() as Server);
  app.set('trust proxy', trustedProxies(settings.http.trustProxy));
  app.useBodyParser('json', { limit: settings.http.maxBodyBytes });
  app.useGlobalPipes(validationPipe());
  const catalogue = app.get(EventCatalogue, { strict: false });
  serveOpenApi(app, () => describedEvents(catalogue, settings.webhooks.cloudEventsSource));
  return app;
}
