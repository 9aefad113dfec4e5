import { allOf, Check, identifier, ofType, Optional } from '../../http/checks.js';
import type { AuditFilter } from '../audit/audit-history.js';

/** The query of `GET /admin/audit`. */
export class AuditFilterQuery implements AuditFilter {
  /** `webhook.update` */
  @Optional()
  @Check(allOf(ofType('string'), identifier))
  action?: string;

  /** The id of the caller's token; `environment` for ADMIN_TOKEN. */
  @Optional()
  @Check(allOf(ofType('string'), identifier))
  tokenId?: string;

  /** The id of the thing that was changed. */
  @Optional()
  @Check(allOf(ofType('string'), identifier))
  targetId?: string;

  /** At or after this time: ISO 8601, or epoch milliseconds. */
  @Optional()
  @Check(ofType('string'))
  from?: string;

  /** Before this time: ISO 8601, or epoch milliseconds. */
  @Optional()
  @Check(ofType('string'))
  to?: string;

  /** The `nextCursor` of the previous page. */
  @Optional()
  @Check(ofType('string'))
  cursor?: string;

  /** 1 to 200; default 50. */
  @Optional()
  @Check(ofType('string'))
  limit?: string;
}
