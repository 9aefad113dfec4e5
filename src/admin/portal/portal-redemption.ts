import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { writeWhere } from '../../database/conditional-write.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import {
  EnvelopeError,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  UnauthorizedError,
} from '../../http/envelope-error.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { AuditLog } from '../audit/audit-log.js';
import { AuthThrottle } from '../throttle/auth-throttle.js';
import { hashToken, isSameHash } from '../tokens/token-hash.js';
import { toPortalCaller } from './portal-authenticator.js';
import { clearPortalCookie, writePortalCookie } from './portal-cookie.js';
import { makeSessionToken } from './portal-secrets.js';
import { PortalSessionEntity } from './portal-session.entity.js';
import { type KnownPortalSession, PortalSessionRows } from './portal-session-rows.js';

const NEW_LINK = 'Ask for a new one where you got it.';

/** A request to open a session, as the controller read it. */
export interface PortalOpening {
  id: string;
  /** The secret of the link; undefined: the page was loaded again. */
  secret: string | undefined;
  /** The token of the cookie; null: there is none. */
  cookie: string | null;
  /** The header `Origin`. */
  origin: string | undefined;
  /** The client's address, by which failures are counted. */
  address: string | undefined;
}

/** A request to end a session, as the controller read it. */
export interface PortalSignOut extends Omit<PortalOpening, 'secret'> {
  /** The token that the page has in memory, of the header `Authorization`; null: there is none. */
  token: string | null;
}

/** A session that a page has open. */
export interface OpenedPortal {
  /** For the header `Authorization` of the admin routes. */
  token: string;
  /** UTC epoch milliseconds. */
  expiresAt: number;
  /** For the header `Set-Cookie`; null: the browser has it. */
  cookie: string | null;
}

/** Opens sessions: by the link's secret once, and by the cookie of the browser that did so until they end. */
@Injectable()
export class PortalRedemption {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly rows: PortalSessionRows,
    private readonly throttle: AuthThrottle,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
  ) {}

  /**
   * Opens a session.
   *
   * @throws {NotFoundError} when there is no such link
   * @throws {ForbiddenError} when the request does not come from the page at `publicUrl`
   * @throws {UnauthorizedError} when the secret or the cookie is missing or wrong
   * @throws {RateLimitError} when this address gave too many wrong secrets
   * @throws {EnvelopeError} 410 when the link was used before, expired or was revoked
   */
  async open(opening: PortalOpening): Promise<OpenedPortal> {
    const session = await this.rows.find(opening.id);
    if (!session) throw new NotFoundError(`There is no such link, or it ended long ago. ${NEW_LINK}`);
    this.refuseOtherOrigins(opening.origin);
    return opening.secret === undefined
      ? this.resume(session, opening)
      : this.redeem(session, opening.secret, opening);
  }

  /**
   * Ends a session, and its link with it, for the browser that has it open. One that has ended stays as it is.
   *
   * @returns what has the browser forget its cookie, for the header `Set-Cookie`
   * @throws as {@link open} does, but never 410
   */
  async end({ id, cookie, token, origin, address }: PortalSignOut): Promise<string> {
    const session = await this.rows.find(id);
    if (!session) throw new NotFoundError(`There is no such session, or it ended long ago. ${NEW_LINK}`);
    this.refuseOtherOrigins(origin);
    const mine = [token, cookie].filter((one) => one !== null);
    if (!mine.some((one) => isSameHash(hashToken(one), session.sessionHash ?? ''))) {
      throw await this.fail(address, `The session of this browser is not the one of this link. ${NEW_LINK}`);
    }
    const written = await inReadCommitted(this.dataSource, (manager) =>
      writeWhere(
        manager,
        `UPDATE ${tableOf(this.dataSource, PortalSessionEntity)} SET revoked_at = ?
         WHERE id = ? AND revoked_at IS NULL`,
        [this.clock.now(), id],
      ),
    );
    if (written === 1) {
      await this.audit.writeDone({
        action: 'portal-session.revoke',
        caller: toPortalCaller(session),
        targetId: id,
        fields: [],
        details: {},
      });
    }
    return clearPortalCookie(this.describeCookie(session));
  }

  private async redeem(
    session: KnownPortalSession,
    secret: string,
    { address }: PortalOpening,
  ): Promise<OpenedPortal> {
    if (!isSameHash(hashToken(secret), session.linkHash)) {
      throw await this.fail(address, 'The link is not complete: open it as it was given to you.');
    }
    refuseEnded(session);
    const token = makeSessionToken();
    const isFirst = await inReadCommitted(this.dataSource, async (manager) => {
      const written = await writeWhere(
        manager,
        `UPDATE ${tableOf(this.dataSource, PortalSessionEntity)} SET redeemed_at = ?, session_hash = ?
         WHERE id = ? AND redeemed_at IS NULL AND revoked_at IS NULL`,
        [this.clock.now(), hashToken(token), session.id],
      );
      return written === 1;
    });
    if (!isFirst || session.state === 'open')
      throw gone(`This link was used already: it works once. ${NEW_LINK}`);
    await this.audit.writeDone({
      action: 'portal-session.redeem',
      caller: toPortalCaller(session),
      targetId: session.id,
      fields: [],
      details: {},
    });
    return { token, expiresAt: session.expiresAt, cookie: this.writeCookie(session, token) };
  }

  private async resume(
    session: KnownPortalSession,
    { cookie, address }: PortalOpening,
  ): Promise<OpenedPortal> {
    refuseEnded(session);
    if (cookie === null) {
      throw new UnauthorizedError(
        `This page has to be opened by its link, and this browser has no session of it. ${NEW_LINK}`,
      );
    }
    if (!isSameHash(hashToken(cookie), session.sessionHash ?? '')) {
      throw await this.fail(address, `The session of this browser is not the one of this link. ${NEW_LINK}`);
    }
    return { token: cookie, expiresAt: session.expiresAt, cookie: null };
  }

  private async fail(
    address: string | undefined,
    message: string,
  ): Promise<UnauthorizedError | RateLimitError> {
    const failure = await this.throttle.countFailure(address);
    return failure instanceof RateLimitError ? failure : new UnauthorizedError(message);
  }

  /** Only the page itself opens its session. Browsers send `Origin` with every POST, and no page can change it. */
  private refuseOtherOrigins(origin: string | undefined): void {
    const { publicUrl } = this.options.portal;
    if (publicUrl !== null && origin === new URL(publicUrl).origin) return;
    throw new ForbiddenError(
      'A portal session is opened by its own page alone, at the address of publicUrl (PUBLIC_URL), and not in a frame that is sandboxed without allow-same-origin.',
    );
  }

  private writeCookie({ id, origins, expiresAt }: KnownPortalSession, token: string): string {
    return writePortalCookie({
      ...this.describeCookie({ id, origins }),
      token,
      lifeMs: expiresAt - this.clock.now(),
    });
  }

  private describeCookie({ id, origins }: Pick<KnownPortalSession, 'id' | 'origins'>): {
    path: string;
    isFramed: boolean;
  } {
    const { pathname } = new URL(`${this.options.portal.publicUrl}/portal/${id}`);
    return { path: pathname, isFramed: origins.length > 0 };
  }
}

function refuseEnded({ state }: KnownPortalSession): void {
  if (state === 'expired') throw gone(`This link has expired. ${NEW_LINK}`);
  if (state === 'revoked') throw gone(`This link was revoked, or its session was signed out. ${NEW_LINK}`);
}

function gone(message: string): EnvelopeError {
  return new EnvelopeError(HttpStatus.GONE, 'GoneError', message);
}
