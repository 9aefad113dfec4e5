import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { dialectOf } from './database/dialect.js';
import { loadSettings } from './settings/load-settings.js';
import type { Settings } from './settings/settings.js';
import { CONFIG_FOLDER, createApp } from './start.js';
import { startFault } from './start-faults.js';
import { stopOnSignals } from './stop-on-signals.js';

const LEVELS: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

/** Colours would hide the address from whoever waits for the line that says it. */
const colors = process.stdout.isTTY === true && !process.env['NO_COLOR'];

/** What is said whatever the log level: where it listens, and the first token. */
const announcer = new ConsoleLogger('Posthorn', { colors });

async function start(): Promise<void> {
  const settings = loadSettings(process.env, CONFIG_FOLDER);
  const logLevels = LEVELS.slice(LEVELS.indexOf(settings.logLevel as LogLevel));
  const app = await createApp(settings, {
    logger: new ConsoleLogger({ colors, logLevels }),
    // What Nest says of a start that fails is kept back: the one line below says it better.
    bufferLogs: true,
    autoFlushLogs: false,
    abortOnError: false,
  });
  app.flushLogs();
  stopOnSignals(app, settings.delivery.graceMs, announcer);
  await app.listen(settings.port, settings.host);
  await greet(app, settings);
}

async function greet(app: NestExpressApplication, settings: Settings): Promise<void> {
  if (settings.environment === 'production' && dialectOf(app.get(DataSource)) === 'sqlite') {
    announcer.warn('SQLite is one file on one machine. For production set DATABASE_URL to a MySQL database.');
  }
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  announcer.log(`Posthorn is listening on http://${host}:${port}`);
}

process.on('unhandledRejection', (reason) => {
  announcer.fatal(
    `A promise failed and nobody minded: ${reason instanceof Error ? reason.stack : String(reason)}`,
  );
  process.exit(1);
});

try {
  await start();
} catch (error) {
  const fault = startFault(error) ?? (error instanceof Error ? error.stack : String(error));
  process.stderr.write(`Posthorn cannot start: ${fault}\n`);
  process.exit(1);
}
