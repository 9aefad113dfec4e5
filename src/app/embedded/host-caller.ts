import type { Caller } from '../../auth/caller.js';
import { type Scope, SCOPES } from '../../auth/scopes.js';
import { findTenantProblem } from '../../auth/tenancy.js';
import { ForbiddenError } from '../../http/envelope-error.js';

/** The caller of a request that the host's guards accepted. */
export interface HostCaller {
  /** The tenant whose things it sees and creates; null: those of every tenant. */
  tenant: string | null;
  /** What it may do; `['*']`: everything. */
  scopes: readonly Scope[];
  /** Its name in the audit log. Default: `host`. */
  name?: string;
  /** The id of its token, for the audit log; null: it has none. Default: null. */
  tokenId?: string | null;
}

/**
 * Reads what the option `caller` returned. What it leaves out is refused and never taken for everything: a tenant that is
 * forgotten would show the things of all.
 *
 * @throws {ForbiddenError} which says what is missing or wrong
 */
export function readHostCaller(returned: unknown): Caller {
  if (typeof returned !== 'object' || returned === null) {
    throw refuse(`must return an object, and returned ${returned === null ? 'null' : typeof returned}`);
  }
  const { tenant, scopes, name = 'host', tokenId = null } = returned as Record<string, unknown>;
  if (tenant !== null && typeof tenant !== 'string') {
    throw refuse('must return a "tenant": the name of one, or null for a caller who sees all tenants');
  }
  const problem = tenant === null ? null : findTenantProblem(tenant);
  if (problem !== null) throw refuse(`returned a wrong "tenant": ${problem}`);
  if (!Array.isArray(scopes)) {
    throw refuse('must return "scopes": a list, such as ["webhooks:read"], or ["*"] for all');
  }
  const unknown = scopes.find((scope) => !SCOPES.includes(scope as Scope));
  if (unknown !== undefined) throw refuse(`returned the unknown scope ${JSON.stringify(unknown)}`);
  if (typeof name !== 'string') throw refuse('must return a "name" that is a text, or none');
  if (tokenId !== null && typeof tokenId !== 'string') {
    throw refuse('must return a "tokenId" that is a text or null, or none');
  }
  return { tenant, scopes: scopes as Scope[], name, tokenId };
}

function refuse(what: string): ForbiddenError {
  return new ForbiddenError(`The request is refused, because the option "caller" of WebhooksModule ${what}.`);
}
