import { ConsoleLogger as NestConsoleLogger, type LogLevel } from '@nestjs/common';
import { toLogLine, toLogStack } from '../../host/log-text.js';
import { isListing } from './listing-parts.js';

const LEVELS: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

/** Only on a terminal: a program that waits for the line with the address must find it without colour codes. */
const colors = process.stdout.isTTY === true && !process.env['NO_COLOR'];

/** Logs text to standard output (errors: standard error). Nest's listing of modules and routes is logged as `debug`. */
export class ConsoleLogger extends NestConsoleLogger {
  /** @param level the lowest level that is logged: `error`, `warn`, `log`, `debug` or `verbose` */
  constructor(level: string, context = '') {
    super(context, {
      colors,
      prefix: 'Posthorn',
      logLevels: LEVELS.slice(LEVELS.indexOf(level as LogLevel)),
    });
  }

  /** ISO 8601, as in the API, instead of the locale's format. */
  protected override getTimestamp(): string {
    return new Date().toISOString();
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (isListing(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  protected override printMessages(
    messages: unknown[],
    context?: string,
    logLevel?: LogLevel,
    writeStreamType?: 'stdout' | 'stderr',
    errorStack?: unknown,
    params?: Record<string, unknown>,
  ): void {
    super.printMessages(messages.map(toText), context, logLevel, writeStreamType, errorStack, params);
  }

  protected override printStackTrace(stack: string): void {
    super.printStackTrace(stack && toLogStack(stack));
  }
}

/** Nest inspects what is no text, which escapes it. */
function toText(message: unknown): unknown {
  if (message instanceof Error) return toLogLine(message.message);
  return typeof message === 'string' ? toLogLine(message) : message;
}
