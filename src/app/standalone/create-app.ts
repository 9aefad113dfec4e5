import type { Server } from 'node:http';
import { resolve } from 'node:path';
import { Logger, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../app.module.js';
import { loadContentTypes } from '../../content/schema-files/load-content-types.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { refuseCrossSite } from '../../http/cross-site.js';
import { refuseUnknownHosts } from '../../http/host-names.js';
import { checkJsonBody } from '../../http/json-body.js';
import { QueryInterceptor } from '../../http/query-interceptor.js';
import { limitRequests } from '../../http/request-bounds.js';
import { setResponseHeaders } from '../../http/response-headers.js';
import { boundServer } from '../../http/server-bounds.js';
import { parseTrustedProxies } from '../../http/trusted-proxies.js';
import { createValidationPipe } from '../../http/validation-pipe.js';
import { serveOpenApi } from '../../operations/openapi.js';
import { PACKAGE_ROOT } from '../../package.js';
import type { Settings } from '../../settings/settings.js';
import { describeEvents } from '../api-examples.js';

/** How long a browser may cache a CORS preflight, seconds. */
const PREFLIGHT_MAX_AGE_S = 600;

/** Options of the Nest application. Nest's body parser is off, because ours has a limit from the settings. */
export const APPLICATION_OPTIONS = { bodyParser: false } as const satisfies NestApplicationOptions;

/**
 * Makes the module of the standalone program, with the content types that the settings name.
 *
 * @param warn called with a sentence for everything in the content types that is ignored
 */
export function createAppModule(
  settings: Settings,
  warn: (sentence: string) => void = (sentence) => new Logger('Content').warn(sentence),
) {
  const { types, privateAttributes, leaveOut, locale } = settings.content;
  const folder = resolve(PACKAGE_ROOT, types);
  return AppModule.forRoot(settings, loadContentTypes(folder, warn, privateAttributes, leaveOut, locale));
}

/**
 * Creates the application, with its database open and migrated. It does not listen yet.
 *
 * @throws SettingsError, ContentTypeError, SecretsKeyError, DatabaseUrlError, DatabaseOpenError, MigrationLockError
 */
export async function createApp(
  settings: Settings,
  options: NestApplicationOptions = {},
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(createAppModule(settings), {
    ...options,
    ...APPLICATION_OPTIONS,
  });
  return configureApp(app, settings);
}

/** Configures HTTP: headers, CORS, limits, body parser, validation, API documents. Tests call it for their own applications. */
export function configureApp(app: NestExpressApplication, settings: Settings): NestExpressApplication {
  app.disable('x-powered-by');
  // Nobody asks with If-None-Match, and every answer would be hashed. Files have theirs by their own server.
  app.disable('etag');
  app.set('query parser', 'extended');
  app.use(setResponseHeaders());
  const { corsOrigins, allowedHosts } = settings.http;
  // Where it is off, no page of another origin can read an answer.
  if (corsOrigins.length > 0) app.enableCors({ origin: corsOrigins, maxAge: PREFLIGHT_MAX_AGE_S });
  app.use(limitRequests());
  // An empty list allows every name, and HOST then must not make it a list of one.
  app.use(refuseUnknownHosts(allowedHosts.length === 0 ? [] : [...allowedHosts, settings.host]));
  app.use(refuseCrossSite(corsOrigins));
  boundServer(app.getHttpServer() as Server);
  app.set('trust proxy', parseTrustedProxies(settings.http.trustProxy));
  const bodies = { limit: settings.http.maxBodyBytes, verify: checkJsonBody };
  app.useBodyParser('json', bodies);
  app.useGlobalInterceptors(new QueryInterceptor());
  app.useGlobalPipes(createValidationPipe({ isTextChecked: true }));
  const catalogue = app.get(EventCatalogue, { strict: false });
  serveOpenApi(app, () => describeEvents(catalogue, settings.webhooks.cloudEventsSource));
  return app;
}
