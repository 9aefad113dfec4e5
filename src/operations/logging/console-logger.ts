import { ConsoleLogger as NestConsoleLogger, type LogLevel } from '@nestjs/common';
import { isListing } from './listing-parts.js';

const LEVELS: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

/** Colours would hide the address from a program that waits for the line which says it. */
const colors = process.stdout.isTTY === true && !process.env['NO_COLOR'];

/** The log on standard output (errors: standard error), without Nest's own listing unless the level is `debug`. */
export class ConsoleLogger extends NestConsoleLogger {
  /** @param level the least that is shown: `error`, `warn`, `log`, `debug` or `verbose` */
  constructor(level: string, context = '') {
    super(context, {
      colors,
      prefix: 'Posthorn',
      logLevels: LEVELS.slice(LEVELS.indexOf(level as LogLevel)),
    });
  }

  /** The same everywhere, and as the API writes times. */
  protected override getTimestamp(): string {
    return new Date().toISOString();
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (isListing(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
