import { resolve } from 'node:path';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { loadContentTypes } from './content/schema-files/load-content-types.js';
import { validationPipe } from './http/validated-body.js';
import { CONFIG_FOLDER, PACKAGE_ROOT } from './package-root.js';
import { serveOpenApi } from './operations/openapi.js';
import type { Settings } from './settings/settings.js';

export { CONFIG_FOLDER, PACKAGE_ROOT };

/**
 * What Nest is told when it makes the application. The body parser is ours, because its limit is a setting.
 */
export const APPLICATION_OPTIONS = { bodyParser: false } as const satisfies NestApplicationOptions;

/** The module of the standalone backend, with the content types that the settings name. */
export function appModule(settings: Settings) {
  return AppModule.forRoot(settings, loadContentTypes(resolve(PACKAGE_ROOT, settings.content.types)));
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
  app.useBodyParser('json', { limit: settings.http.maxBodyBytes });
  app.useGlobalPipes(validationPipe());
  serveOpenApi(app);
  return app;
}
