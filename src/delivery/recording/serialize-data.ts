import type { JsonObject } from '../../events/json.js';
import { isSurrogateFree } from '../../http/json-limits.js';

/** An event has a value that JSON cannot write. Nothing is recorded, and the transaction of its change rolls back. */
export class UnwritableEventError extends Error {
  override readonly name = 'UnwritableEventError';

  constructor(problem: string) {
    super(`The event was not recorded: ${problem}.`);
  }
}

/** What `JSON.stringify` writes for a number that is not finite (and for null), and for half of a surrogate pair. */
const SUSPICIOUS = /null|\\ud/;

/**
 * Writes an event's data as JSON.
 *
 * @throws {UnwritableEventError} with the place of a number that is not finite, which would become null, and of half of a
 *   surrogate pair, which is no text and which databases replace
 */
export function serializeData(data: JsonObject): string {
  const text = JSON.stringify(data);
  const problem = SUSPICIOUS.test(text) ? findProblem(data, 'data') : null;
  if (problem !== null) throw new UnwritableEventError(problem);
  return text;
}

/** Walks through what `JSON.stringify` has written, so it meets no cycle. */
function findProblem(value: unknown, place: string): string | null {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : `${place} is ${value}, which JSON cannot write`;
  }
  if (typeof value === 'string') {
    return isSurrogateFree(value) ? null : `${place} contains half of a surrogate pair`;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? `${place} is a date of no time, which JSON cannot write` : null;
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return findProblem((value as { toJSON: () => unknown }).toJSON(), place);
  }
  for (const [key, inner] of Object.entries(value)) {
    if (!isSurrogateFree(key)) return `${place} has a key with half of a surrogate pair`;
    const problem = findProblem(inner, `${place}.${key}`);
    if (problem !== null) return problem;
  }
  return null;
}
