import type { AdminAuditEntity, AuditDetails } from '../audit/admin-audit.entity.js';

/** A line of the audit log on the wire. */
export interface AuditView {
  id: string;
  /** ISO 8601, UTC. */
  at: string;
  /** `environment` for ADMIN_TOKEN; null: Posthorn itself. */
  tokenId: string | null;
  tokenName: string;
  tenant: string | null;
  /** `webhook.update` */
  action: string;
  /** `webhook` */
  targetKind: string;
  targetId: string | null;
  /** Names of the fields that changed; of a refusal and of what is new, those that were sent. */
  fields: string[];
  details: AuditDetails;
  /** The answer's HTTP status; null: not known, the process or the database went away in between. */
  status: number | null;
}

/** A line as it is shown. */
export function toAuditView({ at, ...line }: AdminAuditEntity): AuditView {
  const { id, ...rest } = line;
  return { id, at: new Date(at).toISOString(), ...rest };
}
