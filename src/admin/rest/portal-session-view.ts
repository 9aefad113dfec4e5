import type { Scope } from '../../auth/scopes.js';
import type { KnownPortalSession, PortalSessionState } from '../portal/portal-session-rows.js';

/** A portal session, as the API answers it: everything but its secrets. Times are ISO 8601, UTC. */
export interface PortalSessionView {
  id: string;
  tenant: string;
  scopes: Scope[];
  origins: string[];
  state: PortalSessionState;
  /** The id of the token that made it; `environment` for ADMIN_TOKEN; null: a host. */
  tokenId: string | null;
  /** The name of who made it. */
  tokenName: string;
  createdAt: string;
  expiresAt: string;
  /** Null: the link was not used yet. */
  redeemedAt: string | null;
  revokedAt: string | null;
}

/** Converts a session to its view. */
export function toPortalSessionView(session: KnownPortalSession): PortalSessionView {
  const { id, tenant, scopes, origins, state, makerId, makerName } = session;
  return {
    id,
    tenant,
    scopes,
    origins,
    state,
    tokenId: makerId,
    tokenName: makerName,
    createdAt: new Date(session.createdAt).toISOString(),
    expiresAt: new Date(session.expiresAt).toISOString(),
    redeemedAt: session.redeemedAt === null ? null : new Date(session.redeemedAt).toISOString(),
    revokedAt: session.revokedAt === null ? null : new Date(session.revokedAt).toISOString(),
  };
}
