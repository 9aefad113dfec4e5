import { EntitySchema } from 'typeorm';
import type { Scope } from '../../auth/scopes.js';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';

/** A token's row. It holds the hash; the token itself is not stored. */
export class AdminTokenEntity {
  id!: string;
  name!: string;
  /** SHA-256 of the token, hexadecimal. */
  tokenHash!: string;
  scopes!: Scope[];
  /** The tenant whose things it sees and creates; null: those of every tenant. */
  tenant!: string | null;
  /** UTC epoch milliseconds; null: never. */
  expiresAt!: number | null;
  /** UTC epoch milliseconds. */
  createdAt!: number;
}

/** When a token was last used. In a table of its own, because it changes with every request. */
export class AdminTokenUseEntity {
  tokenId!: string;
  /** UTC epoch milliseconds. */
  lastUsedAt!: number;
}

/** The entity schema of tokens; the prefix is the table's. */
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

/** The entity schema of the tokens' last uses; the prefix is the table's. */
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
