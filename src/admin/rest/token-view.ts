import type { Scope } from '../../auth/scopes.js';
import type { UsedToken } from '../tokens/admin-tokens.js';

/** A token, as the API answers it: everything but the token itself. */
export interface TokenView {
  id: string;
  name: string;
  scopes: Scope[];
  /** The tenant whose things it sees and creates; null: those of every tenant. */
  tenant: string | null;
  /** ISO 8601, UTC; null: never. */
  expiresAt: string | null;
  /** ISO 8601, UTC; written in batches, so some seconds late; null: never. */
  lastUsedAt: string | null;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/** Converts a token to its view. */
export function toTokenView({ token, lastUsedAt }: UsedToken): TokenView {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    tenant: token.tenant,
    expiresAt: toIsoOrNull(token.expiresAt),
    lastUsedAt: toIsoOrNull(lastUsedAt),
    createdAt: new Date(token.createdAt).toISOString(),
  };
}

function toIsoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
