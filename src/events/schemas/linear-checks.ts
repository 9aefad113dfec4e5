import type { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { JsonValue } from '../json.js';

/** The parts of a URL. The library's expression searches for their borders in quadratic time. */
const URL_PARTS = /^((?:https?|ftp):\/\/)([^/\s]*)(?:\/\S*)?$/i;
const HOST_AND_PORT = /^[^:]*(?::\d{2,5})?$/;
const URL_EXPRESSION = formats.default.get('url') as RegExp;

/**
 * Replaces the checks of a schema that take quadratic time, over which a megabyte of data would hold the process for
 * minutes: the format `url` and the keyword `uniqueItems`.
 */
export function replaceQuadraticChecks(ajv: Ajv2020): void {
  ajv.addFormat('url', isUrl);
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isAsked: boolean, items: JsonValue[]) => !isAsked || areDistinct(items),
    error: { message: 'must NOT have duplicate items' },
  });
}

/** Checks the format `url` as the library does: http, https or ftp, a public host, and perhaps a user, a port and a path. */
function isUrl(text: string): boolean {
  const [, scheme = '', authority = ''] = URL_PARTS.exec(text) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  return at !== 0 && HOST_AND_PORT.test(host) && URL_EXPRESSION.test(scheme + host);
}

/** Whether no two items are equal; the order of an object's keys does not matter. */
function areDistinct(items: readonly JsonValue[]): boolean {
  return new Set(items.map(toComparable)).size === items.length;
}

/** The same text for equal values alone: JSON with its keys in order. */
function toComparable(value: JsonValue): string {
  return JSON.stringify(value, (_, part: JsonValue) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
