import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { Logger, type LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { FirstToken } from './admin/tokens/first-token.js';
import { createApp } from './app/standalone/create-app.js';
import { stopOnSignals } from './app/standalone/graceful-shutdown.js';
import { describeStartupError } from './app/standalone/startup-errors.js';
import { describeDatabase } from './database/data-source-options.js';
import { dialectOf } from './database/dialect.js';
import { ConsoleLogger } from './operations/logging/console-logger.js';
import { CONFIG_FOLDER } from './package.js';
import { loadSettings } from './settings/load-settings.js';
import type { Settings } from './settings/settings.js';

// V8 sees that the objects of a batch survive a minor collection or two, and would then allocate all of their kind in the
// old generation, where they stay until a major one: that doubles the memory of a long drain, and makes nothing faster.
setFlagsFromString('--no-allocation-site-pretenuring');

// Else V8 lets a heap of 80 MB grow to several times that before a major collection: a long drain then takes twice the memory,
// and no less of the processor.
setFlagsFromString('--heap-growing-percent=20');

/** Logs at every log level: the database, what is open, the first token, and the address. */
let announcer: LoggerService = new ConsoleLogger('log');

/**
 * V8 compiles a function when it has run through so many bytes of its code, several times over. With V8's own 67,584 a server
 * at 200 changes a second interprets much of itself for its first minutes: with less a change takes a tenth less of the
 * processor. A start, which runs most code once, would take a fifth longer. From version 12 on, V8 has a compiler for the
 * time between.
 */
function compileSooner(): void {
  const [version] = process.versions.v8.split('.');
  if (Number(version) < 12) setFlagsFromString('--interrupt-budget=10000');
}

async function start(): Promise<void> {
  const settings = loadSettings(process.env, CONFIG_FOLDER);
  announcer = await createLogger(settings, 'log');
  const app = await createApp(settings, {
    logger: await createLogger(settings, settings.logLevel),
    // Nest's own log of a failed start is dropped: the line below explains it better.
    bufferLogs: true,
    autoFlushLogs: false,
    abortOnError: false,
  });
  stopOnSignals(app, settings.delivery.graceMs, announcer);
  await app.listen(settings.port, settings.host);
  app.flushLogs();
  await logStart(app, settings);
  compileSooner();
}

/** The JSON logger is imported only where it is configured. */
async function createLogger({ logFormat }: Settings, level: string): Promise<LoggerService> {
  if (logFormat === 'text') return new ConsoleLogger(level);
  const { JsonLogger } = await import('./operations/logging/json-logger.js');
  return new JsonLogger(level);
}

async function logStart(app: NestExpressApplication, settings: Settings): Promise<void> {
  const dataSource = app.get(DataSource);
  announcer.log(`Environment: ${settings.environment}. Database: ${describeDatabase(dataSource.options)}`);
  if (!settings.content.requireToken) {
    announcer.log('Content and media are open to everyone who reaches this server: they take no token here.');
  }
  const { NODE_ENV, CONTENT_REQUIRE_TOKEN } = process.env;
  if (settings.content.requireToken && !NODE_ENV && !CONTENT_REQUIRE_TOKEN) {
    announcer.log(
      'Content and media take a token. In development they are open on a loopback HOST, and elsewhere with NODE_ENV=development.',
    );
  }
  if (settings.environment === 'production' && dialectOf(dataSource) === 'sqlite') {
    announcer.warn('SQLite is one file on one machine. For production set DATABASE_URL to a MySQL database.');
  }
  const firstToken = await app.get(FirstToken, { strict: false }).ensure();
  if (firstToken !== null) announcer.log(`The first admin token, shown this once: ${firstToken}`);
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  announcer.log(`Posthorn is listening on http://${host}:${port}`);
}

process.on('unhandledRejection', (reason) => {
  const stack = reason instanceof Error ? reason.stack : undefined;
  announcer.fatal?.(`Unhandled promise rejection, the process exits: ${String(reason)}`, stack, 'Process');
  process.exit(1);
});

try {
  await start();
} catch (error) {
  const reason = describeStartupError(error);
  // For a fault of the program itself Nest's buffered log is shown too.
  if (reason === null) Logger.flush();
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`Posthorn cannot start: ${reason ?? stack}\n`);
  process.exit(1);
}
