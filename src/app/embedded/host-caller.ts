import type { Caller } from '../../auth/caller.js';
import { type Scope, SCOPES } from '../../auth/scopes.js';
import { findTenantProblem } from '../../auth/tenancy.js';
import { ForbiddenError } from '../../http/envelope-error.js';

/** Characters of a name and of a token's id: the widths of their columns in the audit log. */
const LONGEST_NAME = 255;
const LONGEST_TOKEN_ID = 64;

/** The caller of a request that the host's guards accepted. */
export interface HostCaller {
  /** The tenant whose things it sees and creates; null: those of every tenant. */
  tenant: string | null;
  /** What it may do; `['*']`: everything. */
  scopes: readonly Scope[];
  /** Its name in the audit log, at most 255 characters. Default: `host`. */
  name?: string;
  /** The id of its token, at most 64 characters, for the audit log; null: it has none. Default: null. */
  tokenId?: string | null;
}

/** Who gives a caller, in the words of a sentence. */
interface Source {
  subject: string;
  mustBe: string;
  was: string;
  mustHave: string;
  had: string;
}

const OF_OPTION: Source = {
  subject: 'The request is refused, because the option "caller" of WebhooksModule',
  mustBe: 'must return',
  was: 'returned',
  mustHave: 'must return',
  had: 'returned',
};

const OF_VIEWER: Source = {
  subject: 'The call is refused, because its viewer',
  mustBe: 'must be',
  was: 'is',
  mustHave: 'must have',
  had: 'has',
};

/**
 * Reads what the option `caller` returned. What it leaves out is refused and never taken for everything: a tenant that is
 * forgotten would show the things of all.
 *
 * @throws {ForbiddenError} which says what is missing or wrong
 */
export function readHostCaller(returned: unknown): Caller {
  return readCaller(returned, OF_OPTION);
}

/** Reads the viewer of a call of the service API, as {@link readHostCaller} does. */
export function readViewer(viewer: unknown): Caller {
  return readCaller(viewer, OF_VIEWER);
}

function readCaller(given: unknown, source: Source): Caller {
  const { subject, mustBe, was, mustHave, had } = source;
  const refuse = (what: string) => new ForbiddenError(`${subject} ${what}.`);
  if (typeof given !== 'object' || given === null) {
    throw refuse(`${mustBe} an object, and ${was} ${given === null ? 'null' : typeof given}`);
  }
  const { tenant, scopes, name = 'host', tokenId = null } = given as Record<string, unknown>;
  if (tenant !== null && typeof tenant !== 'string') {
    throw refuse(`${mustHave} a "tenant": the name of one, or null for a caller who sees all tenants`);
  }
  const problem = tenant === null ? null : findTenantProblem(tenant);
  if (problem !== null) throw refuse(`${had} a wrong "tenant": ${problem}`);
  if (!Array.isArray(scopes)) {
    throw refuse(`${mustHave} "scopes": a list, such as ["webhooks:read"], or ["*"] for all`);
  }
  const wrong = scopes.findIndex((scope) => !SCOPES.includes(scope as Scope));
  if (wrong !== -1) throw refuse(`${had} the unknown scope ${describe(scopes[wrong])}`);
  if (!isText(name, LONGEST_NAME)) {
    throw refuse(`${mustHave} a "name" that is a text of at most ${LONGEST_NAME} characters, or none`);
  }
  if (tokenId !== null && !isText(tokenId, LONGEST_TOKEN_ID)) {
    throw refuse(
      `${mustHave} a "tokenId" that is null or a text of at most ${LONGEST_TOKEN_ID} characters, or none`,
    );
  }
  // A copy: what the host does with its own list later is nothing to this request.
  return { tenant, scopes: [...(scopes as Scope[])], name, tokenId };
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

/** In quotes where it is a text; of anything else its type, because JSON has no form for some of it. */
function describe(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, LONGEST_NAME))
    : `of the type ${typeof value}`;
}
