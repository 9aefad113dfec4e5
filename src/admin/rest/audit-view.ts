import type { AdminAuditEntity, AuditDetails } from '../audit/admin-audit.entity.js';

/** A line of the audit log, as the API answers it. */
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
  /** Names of the fields that changed; for a refusal and a creation, of those in the body. */
  fields: string[];
  details: AuditDetails;
  /** The answer's HTTP status; null: unknown, because the process or the database stopped before it was written. */
  status: number | null;
}

/** Converts a line to its view. */
export function toAuditView({ at, ...line }: AdminAuditEntity): AuditView {
  const { id, ...rest } = line;
  return { id, at: new Date(at).toISOString(), ...rest };
}
