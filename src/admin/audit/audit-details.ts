import { type Scope, SCOPES } from '../../auth/scopes.js';
import { parseUrl } from '../../http/parse-url.js';
import type { AuditDetails } from './admin-audit.entity.js';

const MOST_HEADERS = 50;
/** A header's name by the grammar of HTTP, at most 128 characters. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

/** The part of a request's body that the audit log may keep. */
export interface AuditedBody {
  /** Names of the fields in the body that the route declares. */
  fields: string[];
  details: AuditDetails;
}

/**
 * Reads from a body what the audit log may keep: names, and scheme and host of a URL. The body is not validated yet,
 * because refused calls are written too. Names that the route does not declare are left out: a caller may have put a
 * secret there by mistake.
 *
 * @param known the names of the fields that the route declares
 */
export function readAuditDetails(body: unknown, known: readonly string[]): AuditedBody {
  if (!isObject(body)) return { fields: [], details: {} };
  const fields = known.filter((name) => Object.hasOwn(body, name));
  const sent = (name: string): unknown => (fields.includes(name) ? body[name] : undefined);
  const details: AuditDetails = {};
  const url = readOrigin(sent('url'));
  if (url !== null) details.url = url;
  const headers = sent('headers');
  if (isObject(headers)) details.headers = Object.keys(headers).filter(isHeaderName).slice(0, MOST_HEADERS);
  const scopes = sent('scopes');
  if (Array.isArray(scopes)) details.scopes = SCOPES.filter((scope) => (scopes as Scope[]).includes(scope));
  return { fields, details };
}

/** `https://example.com:8443`, without user, password, path and query; null for a value that is no http URL. */
function readOrigin(url: unknown): string | null {
  const parsed = typeof url === 'string' ? parseUrl(url) : null;
  return parsed && /^https?:$/.test(parsed.protocol) ? `${parsed.protocol}//${parsed.host}` : null;
}

function isHeaderName(name: string): boolean {
  return HEADER_NAME.test(name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
