import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';

/** Details of a call beside the names of its fields. They never hold a value that could be a secret. */
export interface AuditDetails {
  /** Scheme and host of the URL in the body. */
  url?: string;
  /** Names of the headers in the body. */
  headers?: string[];
  /** Scopes that were requested for a token. */
  scopes?: string[];
  /** Why the backend disabled a webhook by itself: `gone`, `failing`. */
  reason?: string;
}

/**
 * One line of the audit log: who did what, to what, and with what result. It is inserted before the call and updated
 * with the result.
 */
export class AdminAuditEntity {
  /** Time-ordered. */
  id!: string;
  /** UTC epoch milliseconds. */
  at!: number;
  /** `environment` for ADMIN_TOKEN; null: the backend itself. */
  tokenId!: string | null;
  /** The token's name at the time of the call. */
  tokenName!: string;
  /** The token's tenant; for a change by the backend itself, the tenant of the webhook. */
  tenant!: string | null;
  /** `webhook.update` */
  action!: string;
  /** `webhook` */
  targetKind!: string;
  /** Null where the call named no id. */
  targetId!: string | null;
  /** Names of the fields that changed; for a refusal and a creation, of those in the body. */
  fields!: string[];
  details!: AuditDetails;
  /** The answer's HTTP status. Null: unknown, because the process or the database stopped before it was written. */
  status!: number | null;
}

/** The entity schema of the audit log; the prefix is the table's. */
export const adminAuditSchema = (prefix = '') =>
  new EntitySchema<AdminAuditEntity>({
    target: AdminAuditEntity,
    name: 'AdminAudit',
    tableName: `${prefix}admin_audit`,
    columns: {
      id: { type: 'varchar', length: 64, primary: true },
      at: { type: 'bigint', transformer: EPOCH_MS },
      tokenId: { type: 'varchar', length: 64, name: 'token_id', nullable: true },
      tokenName: { type: 'varchar', length: 255, name: 'token_name' },
      tenant: { type: 'varchar', length: 255, nullable: true },
      action: { type: 'varchar', length: 64 },
      targetKind: { type: 'varchar', length: 32, name: 'target_kind' },
      targetId: { type: 'varchar', length: 64, name: 'target_id', nullable: true },
      fields: { type: 'text', transformer: JSON_TEXT },
      details: { type: 'text', transformer: JSON_TEXT },
      status: { type: 'int', nullable: true },
    },
  });
