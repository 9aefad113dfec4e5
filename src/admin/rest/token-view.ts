import type { Scope } from '../../auth/scopes.js';
import type { UsedToken } from '../tokens/admin-tokens.js';

/** A token on the wire: everything but the token. */
export interface TokenView {
  id: string;
  name: string;
  scopes: Scope[];
  /** Whose things it sees and makes; null: everyone's. */
  tenant: string | null;
  /** ISO 8601, UTC; null: never. */
  expiresAt: string | null;
  /** ISO 8601, UTC, some seconds late; null: never. */
  lastUsedAt: string | null;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/** What of a token is shown. */
export function toTokenView({ token, lastUsedAt }: UsedToken): TokenView {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    tenant: token.tenant,
    expiresAt: isoOrNull(token.expiresAt),
    lastUsedAt: isoOrNull(lastUsedAt),
    createdAt: new Date(token.createdAt).toISOString(),
  };
}

function isoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
