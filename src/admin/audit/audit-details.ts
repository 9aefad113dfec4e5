import { type Scope, SCOPES } from '../../auth/scopes.js';
import type { AuditDetails } from './admin-audit.entity.js';
import { parsedUrl } from '../../http/parsed-url.js';

const MOST_HEADERS = 50;
/** A header's name as HTTP writes it, and of a length that names have. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

/** What of a request's body may stand in the audit log. */
export interface AuditedBody {
  /** Names of the fields that were sent, as far as the route has such fields. */
  fields: string[];
  details: AuditDetails;
}

/**
 * Takes from a body what may be kept of it: names, and of a URL its scheme and host. The body may be anything: refused
 * calls are written too. Names that the route does not know are left out, since a secret may stand there by mistake.
 *
 * @param known the names of the fields that the route takes
 */
export function readAuditDetails(body: unknown, known: readonly string[]): AuditedBody {
  if (!isObject(body)) return { fields: [], details: {} };
  const fields = known.filter((name) => Object.hasOwn(body, name));
  const sent = (name: string): unknown => (fields.includes(name) ? body[name] : undefined);
  const details: AuditDetails = {};
  const url = originOf(sent('url'));
  if (url !== null) details.url = url;
  const headers = sent('headers');
  if (isObject(headers)) details.headers = Object.keys(headers).filter(isHeaderName).slice(0, MOST_HEADERS);
  const scopes = sent('scopes');
  if (Array.isArray(scopes)) details.scopes = SCOPES.filter((scope) => (scopes as Scope[]).includes(scope));
  return { fields, details };
}

/** `https://example.com:8443`; null for what is no http URL. User, password, path and query stay out. */
function originOf(url: unknown): string | null {
  const parsed = typeof url === 'string' ? parsedUrl(url) : null;
  return parsed && /^https?:$/.test(parsed.protocol) ? `${parsed.protocol}//${parsed.host}` : null;
}

function isHeaderName(name: string): boolean {
  return HEADER_NAME.test(name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
