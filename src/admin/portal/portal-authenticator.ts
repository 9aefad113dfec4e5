import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { hashToken } from '../tokens/token-hash.js';
import { hasSessionTokenFormat } from './portal-secrets.js';
import { type KnownPortalSession, PortalSessionRows } from './portal-session-rows.js';

/** Authenticates the tokens of portal sessions. */
@Injectable()
export class PortalAuthenticator {
  constructor(private readonly rows: PortalSessionRows) {}

  /** @returns the session's caller; null when the token is unknown, or its session has ended */
  async authenticate(token: string): Promise<Caller | null> {
    if (!hasSessionTokenFormat(token)) return null;
    const session = await this.rows.findByHash(hashToken(token));
    return session?.state === 'open' ? toPortalCaller(session) : null;
  }
}

/** The caller that a session's requests have. */
export function toPortalCaller({ id, scopes, tenant, expiresAt }: KnownPortalSession): Caller {
  return { tokenId: id, name: 'portal session', scopes, tenant, expiresAt, via: 'portal' };
}
