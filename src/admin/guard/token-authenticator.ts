import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { Clock } from '../../host/clock.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { PortalAuthenticator } from '../portal/portal-authenticator.js';
import { hasSessionTokenFormat } from '../portal/portal-secrets.js';
import { hashToken, isSameHash, hasTokenFormat } from '../tokens/token-hash.js';
import { TokenCache } from '../tokens/token-cache.js';
import { TokenUses } from '../tokens/token-uses.js';

/** Authenticates tokens, those of portal sessions too. */
@Injectable()
export class TokenAuthenticator {
  private readonly environmentHash: string | null;

  constructor(
    private readonly tokens: TokenCache,
    private readonly clock: Clock,
    private readonly uses: TokenUses,
    private readonly portal: PortalAuthenticator,
    @Inject(ADMIN_OPTIONS) options: AdminOptions,
  ) {
    this.environmentHash = options.adminToken === null ? null : hashToken(options.adminToken);
  }

  /**
   * @param isAtOnce whether it fails at once where the database is away. Default: it is waited for
   * @returns the token's caller; null when the token is unknown or has expired
   */
  async authenticate(token: string, isAtOnce = false): Promise<Caller | null> {
    const hash = hashToken(token);
    if (this.environmentHash !== null && isSameHash(hash, this.environmentHash)) {
      return { tokenId: 'environment', name: 'ADMIN_TOKEN', scopes: ['*'], tenant: null };
    }
    if (hasSessionTokenFormat(token)) return this.portal.authenticate(token);
    // Saves the query: a text of another format was never a token.
    if (!hasTokenFormat(token)) return null;
    const row = await this.tokens.find(hash, isAtOnce);
    if (!row) return null;
    if (row.expiresAt !== null && row.expiresAt <= this.clock.now()) return null;
    this.uses.record(row.id);
    const { id: tokenId, name, scopes, tenant, expiresAt } = row;
    return { tokenId, name, scopes, tenant, expiresAt };
  }
}
