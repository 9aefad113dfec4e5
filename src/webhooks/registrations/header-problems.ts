/** Something wrong with a webhook's headers: with one of them, or with all together (null). */
export interface HeaderProblem {
  header: string | null;
  message: string;
}

const MOST_HEADERS = 50;
const MOST_BYTES = 8 * 1024;

/** A header's name: a token (RFC 9110, 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** A header's value that Node sends unchanged: visible ASCII, space, tab, and the upper half of Latin-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Blanks at the ends of a value: they belong to the syntax (RFC 9110, 5.5), so a receiver does not see them. */
const OUTER_BLANKS = /^[\t ]|[\t ]$/;

/** Headers that the server sets itself, or that belong to the connection. */
const RESERVED = new Set([
  'content-type',
  'user-agent',
  'x-strapi-event',
  'x-hub-signature-256',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
]);

const RESERVED_PREFIXES = ['webhook-', 'x-posthorn-', 'proxy-'];

/** Refused as a name: assigning to this key of an object sets its prototype. */
const PROTOTYPE_KEY = '__proto__';

/** Characters of a name or a value that a message shows. */
const MOST_SHOWN = 200;

/** Finds everything wrong with a webhook's own headers, or with the default headers of the settings. */
export function findHeaderProblems(headers: Record<string, unknown>): HeaderProblem[] {
  const entries = Object.entries(headers);
  if (entries.length > MOST_HEADERS) {
    return [{ header: null, message: `headers may hold at most ${MOST_HEADERS} headers` }];
  }
  const problems = entries.flatMap(([name, value], index): HeaderProblem[] => {
    const isRepeated = entries
      .slice(0, index)
      .some(([earlier]) => earlier.toLowerCase() === name.toLowerCase());
    const message = isRepeated ? `headers.${name} is given twice` : findHeaderProblem(name, value);
    return message === null ? [] : [{ header: name, message }];
  });
  if (problems.length === 0 && sumBytes(entries as [string, string][]) > MOST_BYTES) {
    return [{ header: null, message: `headers may hold at most ${MOST_BYTES} bytes together` }];
  }
  return problems;
}

function findHeaderProblem(name: string, value: unknown): string | null {
  if (!TOKEN.test(name) || name.toLowerCase() === PROTOTYPE_KEY) {
    return `headers.${name.slice(0, MOST_SHOWN)} is no valid header name`;
  }
  if (isReservedHeader(name)) return `headers.${name} is set by this server and cannot be replaced`;
  if (typeof value !== 'string') {
    // Lists and objects are not shown: they may hold secrets.
    const final = typeof value === 'object' && value !== null ? 'an object or array' : truncate(value);
    return `headers.${name} must be a \`string\` type, but the final value was: \`${final}\`.`;
  }
  if (OUTER_BLANKS.test(value)) {
    return `headers.${name} begins or ends with a blank, which receivers remove`;
  }
  if (!VALUE.test(value)) {
    return `headers.${name} has characters that a header cannot carry (line breaks, control characters or beyond Latin-1)`;
  }
  return null;
}

/** Whether the server sets this header itself, or it belongs to the connection. */
export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

function truncate(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function sumBytes(entries: [string, string][]): number {
  return entries.reduce((bytes, [name, value]) => bytes + name.length + value.length, 0);
}
