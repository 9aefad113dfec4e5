import { Injectable } from '@nestjs/common';
import { BoundedMap } from '../../host/bounded-map.js';
import { Clock } from '../../host/clock.js';
import { type KnownToken, TokenLookup } from './token-lookup.js';

/** How long a token is taken to be as it was read, milliseconds: the longest that a revoked one works elsewhere. */
const FRESH_MS = 1_000;

/** The most tokens that are remembered. */
const MOST_TOKENS = 1_000;

/**
 * Remembers valid tokens for a second, so that most requests need no statement for theirs. A token that is revoked on this
 * instance is forgotten at once. Unknown tokens are not remembered: one that was created elsewhere works at once.
 */
@Injectable()
export class TokenCache {
  private readonly tokens = new BoundedMap<string, { token: KnownToken; readAt: number }>(MOST_TOKENS);
  private revocations = 0;

  constructor(
    private readonly lookup: TokenLookup,
    private readonly clock: Clock,
  ) {}

  /**
   * @param isAtOnce whether it fails at once where the database is away. Default: it is waited for
   * @returns null when no token has this hash
   */
  async find(hash: string, isAtOnce = false): Promise<KnownToken | null> {
    const now = this.clock.now();
    const known = this.tokens.get(hash);
    // A clock that was set back must not make it fresh for longer.
    if (known && now >= known.readAt && now < known.readAt + FRESH_MS) return known.token;
    const { revocations } = this;
    const token = await this.lookup.find(hash, isAtOnce);
    // What was read before a revocation may be the token that was revoked.
    if (token && revocations === this.revocations) this.tokens.set(hash, { token, readAt: now });
    else this.tokens.delete(hash);
    return token;
  }

  /** Forgets a token that was revoked. Called after the commit of the revocation. */
  forget(hash: string): void {
    this.revocations += 1;
    this.tokens.delete(hash);
  }
}
