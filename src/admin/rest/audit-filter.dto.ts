import { Optional, ofType, Check } from '../../http/checks.js';
import type { AuditFilter } from '../audit/audit-history.js';

/** The query of `GET /admin/audit`. */
export class AuditFilterQuery implements AuditFilter {
  /** `webhook.update` */
  @Optional()
  @Check(ofType('string'))
  action?: string;

  /** Who did it; `environment` is ADMIN_TOKEN. */
  @Optional()
  @Check(ofType('string'))
  tokenId?: string;

  /** What it was done with. */
  @Optional()
  @Check(ofType('string'))
  targetId?: string;

  /** At or after this time: ISO 8601, or epoch milliseconds. */
  @Optional()
  @Check(ofType('string'))
  from?: string;

  /** Before this time: ISO 8601, or epoch milliseconds. */
  @Optional()
  @Check(ofType('string'))
  to?: string;

  /** The `nextCursor` of the page before. */
  @Optional()
  @Check(ofType('string'))
  cursor?: string;

  /** 1 to 200; 50 unless told. */
  @Optional()
  @Check(ofType('string'))
  limit?: string;
}
