import { type Scope, SCOPES } from '../../auth/scopes.js';
import { findTenantProblem } from '../../auth/tenancy.js';
import {
  allOf,
  atMostItems,
  between,
  Check,
  each,
  ofType,
  Optional,
  required,
  type ValueCheck,
  whole,
} from '../../http/checks.js';
import { findFrameOriginProblem } from '../portal/frame-origin.js';
import type { PortalSessionInput } from '../portal/portal-session-registry.js';
import { aScope, atLeastOneScope } from './token-body.dto.js';

const MOST_ORIGINS = 10;
const LEAST_S = 60;
const A_DAY_S = 86_400;

const aTenant: ValueCheck = (value) => findTenantProblem(value as string);
const anOrigin: ValueCheck = (value) => findFrameOriginProblem(value as string);

/** The body of `POST /admin/portal-sessions`. */
export class CreatePortalSessionBody implements PortalSessionInput {
  @Check(allOf(required, ofType('string'), aTenant))
  tenant!: string;

  /** Left out: `portal.defaultScopes`. */
  @Optional()
  @Check(
    allOf(
      ofType('array'),
      atLeastOneScope,
      atMostItems(SCOPES.length),
      each(allOf(ofType('string'), aScope)),
    ),
  )
  scopes?: Scope[];

  /** How long the link and the session last. Left out: an hour. */
  @Optional()
  @Check(allOf(ofType('number'), whole, between(LEAST_S, A_DAY_S, 'seconds')))
  expiresInSeconds?: number;

  /** The origins whose pages may frame it. Left out: none. */
  @Optional()
  @Check(allOf(ofType('array'), atMostItems(MOST_ORIGINS), each(allOf(ofType('string'), anOrigin))))
  origins?: string[];
}

/** The query of `GET /admin/portal-sessions`. */
export class PortalSessionListQuery {
  /** The `nextCursor` of the previous page. */
  @Optional()
  @Check(ofType('string'))
  cursor?: string;

  /** 1 to 200; default 50. */
  @Optional()
  @Check(ofType('string'))
  limit?: string;
}

/** The body of `POST /portal/:id/session`. */
export class OpenPortalBody {
  /** What stands after `#` in the link. Left out: the page was loaded again, and its cookie says who it is. */
  @Optional()
  @Check(allOf(ofType('string'), (value) => ((value as string).length > 100 ? 'secret is too long' : null)))
  secret?: string;
}
