import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** The word that every planted secret has in it. */
export const CANARY = 'canary';

/** The word in every spelling in which it could come out: plain, hex, and base64 from each of three places. */
const SPELLINGS = [
  CANARY,
  Buffer.from(CANARY).toString('hex'),
  ...[0, 1, 2].map((offset) =>
    Buffer.from('\0'.repeat(offset) + CANARY)
      .toString('base64url')
      // What stands before the word and after it changes the characters at the ends.
      .slice(offset === 0 ? 0 : offset + 1, offset === 0 ? 8 : 8 + offset - 1),
  ),
];

/** A secret with the word in it, as text of at least so many characters. */
export function canary(name: string, characters = 24): string {
  return `${CANARY}-${name}-`.padEnd(characters, 'x');
}

/** Everything that came out somewhere. */
export class Outcomings {
  private readonly texts: { where: string; text: string }[] = [];

  /** @param text whatever it was; bytes are taken as Latin-1, so that none is lost */
  add(where: string, text: unknown): void {
    this.texts.push({ where, text: textOf(text) });
  }

  get bytes(): number {
    return this.texts.reduce((bytes, { text }) => bytes + text.length, 0);
  }

  get count(): number {
    return this.texts.length;
  }

  /**
   * Where a canary was found, with what stands around it.
   *
   * @param others secrets that cannot have the word in them
   */
  canaries(others: readonly string[] = []): string[] {
    const wanted = [...SPELLINGS, ...others.filter((other) => other.length >= 8)];
    return this.texts.flatMap(({ where, text }) =>
      wanted.flatMap((one) => {
        const at = text.indexOf(one);
        return at < 0 ? [] : [`${where}: …${text.slice(Math.max(0, at - 60), at + 60)}…`];
      }),
    );
  }

  /** A log that is kept here, with everything that its arguments hold. */
  logger(): LoggerService {
    const keep =
      (level: string) =>
      (...args: unknown[]): void =>
        this.add(`log (${level})`, args.map((arg) => inspect(arg, { depth: 8 })).join(' '));
    return {
      log: keep('log'),
      error: keep('error'),
      warn: keep('warn'),
      debug: keep('debug'),
      verbose: keep('verbose'),
      fatal: keep('fatal'),
    };
  }
}

function textOf(text: unknown): string {
  if (typeof text === 'string') return text;
  return Buffer.isBuffer(text) ? text.toString('latin1') : JSON.stringify(text);
}
