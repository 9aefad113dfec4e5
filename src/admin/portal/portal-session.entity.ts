import { EntitySchema } from 'typeorm';
import type { Scope } from '../../auth/scopes.js';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';

/** A session of the portal: the link that opens it once, and who may then do what. Times are UTC epoch milliseconds. */
export class PortalSessionEntity {
  /** Stands in the link, and is no secret. */
  id!: string;
  tenant!: string;
  scopes!: Scope[];
  /** The origins whose pages may frame the portal; empty: none. */
  origins!: string[];
  /** SHA-256 of the secret in the link, hexadecimal. */
  linkHash!: string;
  /** SHA-256 of the session's token, hexadecimal; null: the link was not used yet. */
  sessionHash!: string | null;
  /** The token that made it: it ends with that. `environment`: ADMIN_TOKEN. Null: a host made it. */
  makerId!: string | null;
  /** The name of who made it. */
  makerName!: string;
  /** Of ADMIN_TOKEN: tells whether the setting is still the same. Null for other makers. */
  makerMark!: string | null;
  createdAt!: number;
  expiresAt!: number;
  redeemedAt!: number | null;
  revokedAt!: number | null;
}

/** The entity schema of portal sessions; the prefix is the table's. */
export const portalSessionSchema = (prefix = '') =>
  new EntitySchema<PortalSessionEntity>({
    target: PortalSessionEntity,
    name: 'PortalSession',
    tableName: `${prefix}portal_sessions`,
    columns: {
      id: { type: 'varchar', length: 64, primary: true },
      tenant: { type: 'varchar', length: 255 },
      scopes: { type: 'text', transformer: JSON_TEXT },
      origins: { type: 'text', transformer: JSON_TEXT },
      linkHash: { type: 'varchar', length: 64, name: 'link_hash' },
      sessionHash: { type: 'varchar', length: 64, name: 'session_hash', nullable: true },
      makerId: { type: 'varchar', length: 64, name: 'maker_id', nullable: true },
      makerName: { type: 'varchar', length: 255, name: 'maker_name' },
      makerMark: { type: 'varchar', length: 64, name: 'maker_mark', nullable: true },
      createdAt: { type: 'bigint', name: 'created_at', transformer: EPOCH_MS },
      expiresAt: { type: 'bigint', name: 'expires_at', transformer: EPOCH_MS },
      redeemedAt: { type: 'bigint', name: 'redeemed_at', nullable: true, transformer: EPOCH_MS },
      revokedAt: { type: 'bigint', name: 'revoked_at', nullable: true, transformer: EPOCH_MS },
    },
  });
