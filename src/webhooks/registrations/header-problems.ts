/** Where something is wrong with a webhook's headers; no name: with all of them together. */
export interface HeaderProblem {
  header: string | null;
  message: string;
}

const MOST_HEADERS = 50;
const MOST_BYTES = 8 * 1024;

/** RFC 9110, 5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What Node sends as it is: visible ASCII, space, tab, and the upper half of Latin-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that we set ourselves, or that belong to the connection. */
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

/** No key of an object that is copied: assigned to, it is the prototype. */
const UNKEEPABLE = '__proto__';

/** Characters of a name or a value that a message repeats. */
const MOST_SHOWN = 200;

/** Everything that is wrong with a webhook's own headers, or with those that the configuration adds. */
export function findHeaderProblems(headers: Record<string, unknown>): HeaderProblem[] {
  const entries = Object.entries(headers);
  if (entries.length > MOST_HEADERS) {
    return [{ header: null, message: `headers may hold at most ${MOST_HEADERS} headers` }];
  }
  const problems = entries.flatMap(([name, value], index): HeaderProblem[] => {
    const isRepeated = entries
      .slice(0, index)
      .some(([earlier]) => earlier.toLowerCase() === name.toLowerCase());
    const message = isRepeated ? `headers.${name} is given twice` : headerProblem(name, value);
    return message === null ? [] : [{ header: name, message }];
  });
  if (problems.length === 0 && sizeOf(entries as [string, string][]) > MOST_BYTES) {
    return [{ header: null, message: `headers may hold at most ${MOST_BYTES} bytes together` }];
  }
  return problems;
}

function headerProblem(name: string, value: unknown): string | null {
  if (!TOKEN.test(name) || name.toLowerCase() === UNKEEPABLE) {
    return `headers.${name.slice(0, MOST_SHOWN)} is no valid header name`;
  }
  if (isReservedHeader(name)) return `headers.${name} is set by this server and cannot be replaced`;
  if (typeof value !== 'string') {
    // Lists and objects are not shown: they may hold what is secret.
    const final = typeof value === 'object' && value !== null ? 'an object or array' : shown(value);
    return `headers.${name} must be a \`string\` type, but the final value was: \`${final}\`.`;
  }
  if (!VALUE.test(value)) {
    return `headers.${name} has characters that a header cannot carry (line breaks, control characters or beyond Latin-1)`;
  }
  return null;
}

/** Whether it is a header that we set ourselves, or that belongs to the connection. */
export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function sizeOf(entries: [string, string][]): number {
  return entries.reduce((bytes, [name, value]) => bytes + name.length + value.length, 0);
}
