import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { toLogLine, toLogStack } from '../../host/log-text.js';
import { isListing } from './listing-parts.js';

/** pino's level for each of Nest's. */
const LEVELS: Readonly<Record<string, string>> = {
  error: 'error',
  warn: 'warn',
  log: 'info',
  debug: 'debug',
  verbose: 'trace',
};

/**
 * Logs JSON, one object a line: `time` (ISO 8601), `level`, `context`, `msg`, the ids that the message names
 * (`deliveryId`, `eventId`, `webhookId`), and `stack` where there is one.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  /**
   * @param level the lowest level that is logged: `error`, `warn`, `log`, `debug` or `verbose`
   * @param destination default: standard output, written synchronously, so that a killed process loses no line
   */
  constructor(level: string, destination: DestinationStream = pino.destination({ sync: true })) {
    const options = {
      level: LEVELS[level] ?? 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.pino = pino(options, destination);
  }

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(isListing(context) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** @param rest as Nest passes it: an optional stack, then the context */
  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    rest: unknown[],
  ): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const texts = rest.filter((one): one is string => typeof one === 'string');
    const context = texts.at(-1);
    const stack = (message instanceof Error ? message.stack : undefined) ?? texts.slice(0, -1).find(isStack);
    const msg = toLogLine(toMessage(message));
    this.pino[level](
      {
        ...(context === undefined ? {} : { context }),
        ...findIds(msg),
        ...(stack === undefined ? {} : { stack: toLogStack(stack) }),
      },
      msg,
    );
  }
}

function toMessage(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? String(message));
}

function isStack(text: string): boolean {
  return /\n[ \t]+at /.test(text);
}

/** The ids in a message. */
export interface NamedIds {
  deliveryId?: string;
  eventId?: string;
  webhookId?: string;
}

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

const NAMED: readonly [keyof NamedIds, RegExp][] = [
  ['deliveryId', new RegExp(`\\bdelivery (${ID})\\b`, 'i')],
  ['eventId', new RegExp(`\\bevent (${ID})\\b`, 'i')],
  ['webhookId', new RegExp(`\\bwebhook (${ID})\\b`, 'i')],
];

/** Finds the ids in a message, so that log queries can match them: "delivery 01a2…" gives `deliveryId`. */
export function findIds(sentence: string): NamedIds {
  const ids: NamedIds = {};
  for (const [name, pattern] of NAMED) {
    const [, id] = pattern.exec(sentence) ?? [];
    if (id !== undefined) ids[name] = id;
  }
  return ids;
}
