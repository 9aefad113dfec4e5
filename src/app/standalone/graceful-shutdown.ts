import type { Server } from 'node:http';
import type { INestApplication, LoggerService } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { hurryStatements } from '../../database/own-connections.js';
import { DATABASE } from '../../host/tokens.js';

/** How often connections are closed after the grace period, milliseconds. */
const CLOSE_EVERY_MS = 500;

/** How long after the grace period the process is forced to exit, milliseconds. */
const FORCE_AFTER_MS = 5_000;

/**
 * Shuts down gracefully on SIGTERM and SIGINT: the worker releases its claims, requests in flight are answered, then
 * the process exits with 0; with 1 when the shutdown fails or takes 5 s longer than the grace period.
 *
 * @param graceMs the grace period, after which open connections are closed
 */
export function stopOnSignals(app: INestApplication, graceMs: number, logger: LoggerService): void {
  let isStopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    logger.log(`Shutting down on ${signal}.`);
    // A database that hangs does not hold the stop.
    hurryStatements(app.get<DataSource>(DATABASE, { strict: false }));
    setTimeout(() => closeAgainAndAgain(app.getHttpServer() as Server), graceMs).unref();
    setTimeout(() => {
      logger.error(`The shutdown took longer than ${graceMs + FORCE_AFTER_MS} ms: the process exits now.`);
      process.exit(1);
    }, graceMs + FORCE_AFTER_MS).unref();
    try {
      await app.close();
      process.exit(0);
    } catch (error) {
      logger.error(
        `The shutdown failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      process.exit(1);
    }
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** The server listens until the worker has drained: a connection that comes after the first closing would hold the stop. */
function closeAgainAndAgain(server: Server): void {
  server.closeAllConnections();
  setInterval(() => server.closeAllConnections(), CLOSE_EVERY_MS).unref();
}
