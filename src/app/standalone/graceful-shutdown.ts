import type { INestApplication, LoggerService } from '@nestjs/common';
import type { Server } from 'node:http';

/** How much longer than its grace a stop may take before it is cut off, milliseconds. */
const PATIENCE_MS = 5_000;

/**
 * Stops in good order on SIGTERM and SIGINT: the engine hands back what it holds, requests in flight are answered,
 * then the process exits with 0.
 *
 * @param graceMs after so long connections are closed whatever they are doing
 */
export function stopOnSignals(app: INestApplication, graceMs: number, logger: LoggerService): void {
  let isStopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    logger.log(`Stopping on ${signal}.`);
    setTimeout(() => (app.getHttpServer() as Server).closeAllConnections(), graceMs).unref();
    setTimeout(() => {
      logger.error(`The stop took longer than ${graceMs + PATIENCE_MS} ms and was cut off.`);
      process.exit(1);
    }, graceMs + PATIENCE_MS).unref();
    try {
      await app.close();
      process.exit(0);
    } catch (error) {
      logger.error(
        `The stop failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      process.exit(1);
    }
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
