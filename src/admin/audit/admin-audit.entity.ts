import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';

/** What is told of a call beside the names of its fields. Never a value that could be a secret. */
export interface AuditDetails {
  /** Scheme and host of the URL that was sent. */
  url?: string;
  /** Names of the headers that were sent. */
  headers?: string[];
  /** Scopes that a token was asked to have. */
  scopes?: string[];
  /** Why the backend did it by itself: `gone`, `failing`. */
  reason?: string;
}

/** One line of the audit log: who did what, with what, and how it ended. Written once, and once more with its end. */
export class AdminAuditEntity {
  /** Time-ordered. */
  id!: string;
  /** UTC epoch milliseconds. */
  at!: number;
  /** `environment` for ADMIN_TOKEN; null: the backend itself. */
  tokenId!: string | null;
  /** The token's name at the time. */
  tokenName!: string;
  /** The token's tenant; of what the backend did itself the tenant of the thing. */
  tenant!: string | null;
  /** `webhook.update` */
  action!: string;
  /** `webhook` */
  targetKind!: string;
  /** Null where the call named nothing that has an id. */
  targetId!: string | null;
  /** Names of the fields that changed; of a refusal and of what is new, those that were sent. */
  fields!: string[];
  details!: AuditDetails;
  /** The answer's HTTP status. Null: the end was never written, because the process or the database went away. */
  status!: number | null;
}

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
