import { Injectable } from '@nestjs/common';
import { DataSource, In, MoreThan } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { hasScope, type Scope } from '../../auth/scopes.js';
import { resolveTenant, restrictToTenant } from '../../auth/tenancy.js';
import { readByParts, readInPages } from '../../database/read-in-pages.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import { ForbiddenError, NotFoundError, RequestValidationError } from '../../http/envelope-error.js';
import { AdminTokenEntity, AdminTokenUseEntity } from './admin-token.entity.js';
import { TokenCache } from './token-cache.js';
import { hashToken, makeToken } from './token-hash.js';

/** A token to be created. */
export interface TokenInput {
  name: string;
  scopes: Scope[];
  /** The tenant whose things it sees and creates; left out: the caller's; null: those of every tenant. */
  tenant?: string | null;
  /** UTC epoch milliseconds; null: never. */
  expiresAt: number | null;
}

/** A token and the time of its last use. */
export interface UsedToken {
  token: AdminTokenEntity;
  /** UTC epoch milliseconds; null: never. */
  lastUsedAt: number | null;
}

/** Creates, lists and revokes tokens. A caller with a tenant sees and creates tokens of that tenant only. */
@Injectable()
export class AdminTokens {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
    private readonly cache: TokenCache,
  ) {}

  /** Oldest first. */
  async list(caller: Caller): Promise<UsedToken[]> {
    const tokens = await readInPages<AdminTokenEntity, string>(
      ({ id }) => id,
      (after, take) =>
        this.dataSource.manager.find(AdminTokenEntity, {
          where: { ...restrictToTenant(caller.tenant), id: MoreThan(after ?? '') },
          order: { id: 'ASC' },
          take,
        }),
    );
    return this.addLastUses(tokens.toSorted((a, b) => a.createdAt - b.createdAt));
  }

  /**
   * Creates a token.
   *
   * @returns its row, and the token itself, which is not stored
   * @throws {ForbiddenError} when the caller does not have a scope or tenant that it would give, or expires before it
   * @throws {RequestValidationError} when it would have expired already
   */
  async create(input: TokenInput, caller: Caller): Promise<{ row: AdminTokenEntity; token: string }> {
    const missing = input.scopes.filter((scope) => !hasScope(caller.scopes, scope));
    if (missing.length > 0) {
      throw new ForbiddenError(`A token can give only what it has itself, and not: ${missing.join(', ')}.`);
    }
    const now = this.clock.now();
    if (input.expiresAt !== null && input.expiresAt <= now) {
      throw RequestValidationError.at(['expiresAt'], 'expiresAt must be in the future');
    }
    refuseLongerLife(input.expiresAt, caller.expiresAt ?? null);
    const token = makeToken();
    const row = Object.assign(new AdminTokenEntity(), {
      id: this.ids.next(),
      name: input.name,
      tokenHash: hashToken(token),
      scopes: [...new Set(input.scopes)],
      tenant: resolveTenant(input.tenant, caller.tenant, caller.tenant),
      expiresAt: input.expiresAt,
      createdAt: now,
    });
    await this.dataSource.manager.insert(AdminTokenEntity, row);
    return { row, token };
  }

  /**
   * Revokes a token: the next request with it is refused on this instance, on others within a second.
   *
   * @returns the token before it was deleted
   * @throws {NotFoundError} `token.notFound`
   */
  async remove(id: string, caller: Caller): Promise<UsedToken> {
    const removed = await this.dataSource.transaction(async (manager) => {
      const token = await manager.findOneBy(AdminTokenEntity, { id, ...restrictToTenant(caller.tenant) });
      if (!token) throw new NotFoundError('token.notFound');
      const use = await manager.findOneBy(AdminTokenUseEntity, { tokenId: id });
      await manager.delete(AdminTokenEntity, { id });
      await manager.delete(AdminTokenUseEntity, { tokenId: id });
      return { token, lastUsedAt: use?.lastUsedAt ?? null };
    });
    this.cache.forget(removed.token.tokenHash);
    return removed;
  }

  private async addLastUses(tokens: AdminTokenEntity[]): Promise<UsedToken[]> {
    const { manager } = this.dataSource;
    const uses = await readByParts(
      tokens.map(({ id }) => id),
      (some) => manager.findBy(AdminTokenUseEntity, { tokenId: In(some) }),
    );
    const lastUses = new Map(uses.map(({ tokenId, lastUsedAt }) => [tokenId, lastUsedAt]));
    return tokens.map((token) => ({ token, lastUsedAt: lastUses.get(token.id) ?? null }));
  }
}

/** A token that expires must not live on in one that it made. */
function refuseLongerLife(expiresAt: number | null, latest: number | null): void {
  if (latest === null || (expiresAt !== null && expiresAt <= latest)) return;
  throw new ForbiddenError(
    `A token can make no token that lives longer than itself: set expiresAt to ${new Date(latest).toISOString()} or earlier.`,
  );
}
