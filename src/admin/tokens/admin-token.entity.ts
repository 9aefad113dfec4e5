import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';
import { adminAuditSchema } from '../audit/admin-audit.entity.js';
import type { Scope } from '../../auth/scopes.js';

/** A token's row. The token itself is kept nowhere. */
export class AdminTokenEntity {
  id!: string;
  name!: string;
  /** SHA-256 of the token, hexadecimal. */
  tokenHash!: string;
  scopes!: Scope[];
  /** Whose things it sees and makes; null: everyone's. */
  tenant!: string | null;
  /** UTC epoch milliseconds; null: never. */
  expiresAt!: number | null;
  /** UTC epoch milliseconds. */
  createdAt!: number;
}

/** When a token was last used. A table of its own: it changes all the time. */
export class AdminTokenUseEntity {
  tokenId!: string;
  /** UTC epoch milliseconds. */
  lastUsedAt!: number;
}

export const adminTokenSchema = (prefix = '') =>
  new EntitySchema<AdminTokenEntity>({
    target: AdminTokenEntity,
    name: 'AdminToken',
    tableName: `${prefix}admin_tokens`,
    columns: {
      id: { type: 'varchar', length: 64, primary: true },
      name: { type: 'varchar', length: 255 },
      tokenHash: { type: 'varchar', length: 64, name: 'token_hash' },
      scopes: { type: 'text', transformer: JSON_TEXT },
      tenant: { type: 'varchar', length: 255, nullable: true },
      expiresAt: { type: 'bigint', name: 'expires_at', nullable: true, transformer: EPOCH_MS },
      createdAt: { type: 'bigint', name: 'created_at', transformer: EPOCH_MS },
    },
  });

export const adminTokenUseSchema = (prefix = '') =>
  new EntitySchema<AdminTokenUseEntity>({
    target: AdminTokenUseEntity,
    name: 'AdminTokenUse',
    tableName: `${prefix}admin_token_uses`,
    columns: {
      tokenId: { type: 'varchar', length: 64, name: 'token_id', primary: true },
      lastUsedAt: { type: 'bigint', name: 'last_used_at', transformer: EPOCH_MS },
    },
  });

/** The room's entities, for the data source. */
export const adminEntities = (prefix = '') => [
  adminTokenSchema(prefix),
  adminTokenUseSchema(prefix),
  adminAuditSchema(prefix),
];
