import { MayBeLeftOut, ofType, Passes } from '../../http/checks.js';
import type { AuditFilter } from '../audit/audit-history.js';

/** The query of `GET /admin/audit`. */
export class AuditFilterQuery implements AuditFilter {
  /** `webhook.update` */
  @MayBeLeftOut()
  @Passes(ofType('string'))
  action?: string;

  /** Who did it; `environment` is ADMIN_TOKEN. */
  @MayBeLeftOut()
  @Passes(ofType('string'))
  tokenId?: string;

  /** What it was done with. */
  @MayBeLeftOut()
  @Passes(ofType('string'))
  targetId?: string;

  /** At or after this time: ISO 8601, or epoch milliseconds. */
  @MayBeLeftOut()
  @Passes(ofType('string'))
  from?: string;

  /** Before this time: ISO 8601, or epoch milliseconds. */
  @MayBeLeftOut()
  @Passes(ofType('string'))
  to?: string;

  /** The `nextCursor` of the page before. */
  @MayBeLeftOut()
  @Passes(ofType('string'))
  cursor?: string;

  /** 1 to 200; 50 unless told. */
  @MayBeLeftOut()
  @Passes(ofType('string'))
  limit?: string;
}
