import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { hasScope, type Scope } from '../../auth/scopes.js';
import { resolveTenant, restrictToTenant } from '../../auth/tenancy.js';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import {
  ConflictError,
  ForbiddenError,
  NotFoundError,
  RequestValidationError,
} from '../../http/envelope-error.js';
import { type CursorPage, readCursor, readLimit, toCursorPage } from '../../http/pagination.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { hashToken } from '../tokens/token-hash.js';
import { PortalMakers } from './portal-makers.js';
import { listForbiddenScopes } from './portal-scopes.js';
import { makeLinkSecret } from './portal-secrets.js';
import { PortalSessionEntity } from './portal-session.entity.js';
import { type KnownPortalSession, PortalSessionRows } from './portal-session-rows.js';

const DEFAULT_LIFE_S = 3_600;

/** Sessions that ended longer ago are removed, so many with each new one. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
const ROWS_PER_REMOVAL = 100;

/** A session to be made. */
export interface PortalSessionInput {
  /** The one tenant whose things it shows. */
  tenant: string;
  /** What it may do, at most what its maker may. Default: `portal.defaultScopes`. */
  scopes?: readonly Scope[];
  /** How long the link and the session last, 60 to 86400 seconds. Default: an hour, or as long as the maker's token. */
  expiresInSeconds?: number;
  /** The origins whose pages may frame it, at most 10. Default: none, so that it opens in a tab alone. */
  origins?: readonly string[];
}

/** A session that was made, with its link. */
export interface CreatedPortalSession {
  id: string;
  /** The link, which works once. It is shown here alone. */
  url: string;
  /** UTC epoch milliseconds. */
  expiresAt: number;
}

/** Makes, lists and revokes sessions of the portal. A caller with a tenant sees and makes those of that tenant only. */
@Injectable()
export class PortalSessionRegistry {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly rows: PortalSessionRows,
    private readonly makers: PortalMakers,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
  ) {}

  /**
   * Makes a session and its link.
   *
   * @param input valid by itself, as `CreatePortalSessionBody` checks it
   * @throws {ConflictError} when the setting `publicUrl` is missing or not safe for a link
   * @throws {ForbiddenError} when the caller does not have a scope or the tenant, or ends before the session would
   * @throws {RequestValidationError} for a scope that no session may have
   */
  async create(input: PortalSessionInput, caller: Caller): Promise<CreatedPortalSession> {
    const publicUrl = this.requirePublicUrl();
    const scopes = [...new Set(input.scopes ?? this.options.portal.defaultScopes)];
    refuseScopes(scopes, caller);
    const tenant = resolveTenant(input.tenant, caller.tenant, input.tenant) ?? input.tenant;
    const now = this.clock.now();
    const expiresAt = resolveEnd(input.expiresInSeconds, caller.expiresAt ?? null, now);
    const secret = makeLinkSecret();
    const id = this.ids.next();
    await this.dataSource.manager.insert(PortalSessionEntity, {
      id,
      tenant,
      scopes,
      origins: [...new Set(input.origins ?? [])],
      linkHash: hashToken(secret),
      sessionHash: null,
      ...(await this.makers.describe(caller)),
      createdAt: now,
      expiresAt,
      redeemedAt: null,
      revokedAt: null,
    });
    await this.removeOld(now);
    return { id, url: `${publicUrl}/portal/${id}#${secret}`, expiresAt };
  }

  /** Newest first. */
  async list(
    page: { cursor?: string; limit?: string },
    caller: Caller,
  ): Promise<CursorPage<KnownPortalSession>> {
    const limit = readLimit(page.limit);
    const rows = await this.rows.list(caller.tenant, readCursor(page.cursor), limit + 1);
    return toCursorPage(rows, limit, (row) => row);
  }

  /**
   * Revokes a session and its link: its next request is refused on every instance. One that has ended stays as it is.
   *
   * @throws {NotFoundError} `portalSession.notFound`
   */
  async revoke(id: string, caller: Caller): Promise<KnownPortalSession> {
    const where = { id, ...restrictToTenant(caller.tenant) };
    const { manager } = this.dataSource;
    if ((await manager.countBy(PortalSessionEntity, where)) === 0) throw notFound();
    const table = tableOf(this.dataSource, PortalSessionEntity);
    await this.dataSource.query(`UPDATE ${table} SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL`, [
      this.clock.now(),
      id,
    ]);
    const session = await this.rows.find(id);
    if (!session) throw notFound();
    return session;
  }

  private requirePublicUrl(): string {
    const { publicUrl, isPublicUrlSafe } = this.options.portal;
    if (publicUrl === null) {
      throw new ConflictError(
        'There can be no link, because nothing says where it leads: set publicUrl (PUBLIC_URL) to the address of this server, such as https://hooks.example.com.',
      );
    }
    if (!isPublicUrlSafe) {
      throw new ConflictError(
        'There can be no link, because publicUrl (PUBLIC_URL) is http: browsers keep the cookie of a session for https alone, and for localhost.',
      );
    }
    return publicUrl;
  }

  private async removeOld(now: number): Promise<void> {
    const table = tableOf(this.dataSource, PortalSessionEntity);
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${table} WHERE expires_at < ? ORDER BY expires_at LIMIT ${ROWS_PER_REMOVAL}`,
      [now - KEPT_MS],
    );
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    await inReadCommitted(this.dataSource, (manager) => deleteByKeys(manager, table, 'id', ids));
  }
}

function notFound(): NotFoundError {
  return new NotFoundError('portalSession.notFound');
}

function refuseScopes(scopes: readonly Scope[], caller: Caller): void {
  const forbidden = listForbiddenScopes(scopes);
  if (forbidden.length > 0) {
    throw RequestValidationError.at(
      ['scopes'],
      `scopes may not have ${forbidden.join(', ')}: no portal session has them`,
    );
  }
  const missing = scopes.filter((scope) => !hasScope(caller.scopes, scope));
  if (missing.length === 0) return;
  throw new ForbiddenError(
    `A portal session can have only what its maker has itself, and not: ${missing.join(', ')}. Name fewer in "scopes".`,
  );
}

/** A session must not outlive the token that made it. */
function resolveEnd(seconds: number | undefined, latest: number | null, now: number): number {
  const asked = now + (seconds ?? DEFAULT_LIFE_S) * 1000;
  if (latest === null || asked <= latest) return asked;
  if (seconds === undefined) return latest;
  throw new ForbiddenError(
    `A portal session can live no longer than the token that makes it, which ends at ${new Date(latest).toISOString()}: set expiresInSeconds to ${Math.max(0, Math.floor((latest - now) / 1000))} or less.`,
  );
}
