import { Inject, Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { AuditLog } from '../../admin/audit/audit-log.js';
import {
  type PortalSessionInput,
  PortalSessionRegistry,
} from '../../admin/portal/portal-session-registry.js';
import { CreatePortalSessionBody } from '../../admin/rest/portal-session-body.dto.js';
import { type PortalSessionView, toPortalSessionView } from '../../admin/rest/portal-session-view.js';
import type { AuditedAction } from '../../auth/audit.js';
import type { Caller } from '../../auth/caller.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { CursorPage } from '../../http/pagination.js';
import { HAS_PORTAL } from './has-portal.js';

/** A host that calls in its own process may do everything, in every tenant. */
const HOST: Caller = { tokenId: null, name: 'host', scopes: ['*'], tenant: null, via: 'host' };

/** A portal session that was made, with its link. */
export interface NewPortalSession {
  id: string;
  /** The link, which works once. It is shown here alone. */
  url: string;
  expiresAt: Date;
}

/** Gives a host's customers links to the page of their own webhooks, by the rules of `POST /admin/portal-sessions`. */
@Injectable()
export class PortalSessions {
  constructor(
    private readonly registry: PortalSessionRegistry,
    private readonly audit: AuditLog,
    @Inject(HAS_PORTAL) private readonly hasPortal: boolean,
  ) {}

  /**
   * Makes a session and its link, written to the audit log as done by `host`.
   *
   * ```ts
   * const { url } = await portalSessions.create({ tenant: account.id, origins: ['https://app.example.com'] });
   * ```
   *
   * @throws {RequestValidationError} for a wrong tenant, scope, time or origin
   * @throws {ConflictError} without a safe `publicUrl`
   * @throws {Error} when the module has no `portal`
   */
  async create(input: PortalSessionInput): Promise<NewPortalSession> {
    if (!this.hasPortal) {
      throw new Error(
        'PortalSessions: the module has no portal to lead to. Set "portal" to true in WebhooksModule.',
      );
    }
    checkInput(input);
    const { id, url, expiresAt } = await this.record('portal-session.create', null, () =>
      this.registry.create(input, HOST),
    );
    return { id, url, expiresAt: new Date(expiresAt) };
  }

  /** Lists the sessions of all tenants, newest first; `cursor` is the `nextCursor` of the page before. */
  async list(page: { cursor?: string; limit?: number } = {}): Promise<CursorPage<PortalSessionView>> {
    const { cursor, limit } = page;
    const asked = {
      ...(cursor === undefined ? {} : { cursor }),
      ...(limit === undefined ? {} : { limit: String(limit) }),
    };
    const { data, meta } = await this.registry.list(asked, HOST);
    return { data: data.map(toPortalSessionView), meta };
  }

  /**
   * Revokes a session and its link.
   *
   * @throws {NotFoundError} `portalSession.notFound`
   */
  async revoke(id: string): Promise<PortalSessionView> {
    return toPortalSessionView(
      await this.record('portal-session.revoke', id, () => this.registry.revoke(id, HOST)),
    );
  }

  /** As the audit log has calls of routes: before the work, and with what came of it. */
  private async record<Result extends { id: string }>(
    action: AuditedAction,
    targetId: string | null,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const line = await this.audit.begin({ action, caller: HOST, targetId, fields: [], details: {} });
    try {
      const result = await work();
      await this.audit.end(line, 200, { targets: [result.id] });
      return result;
    } catch (error) {
      await this.audit.end(line, 500);
      throw error;
    }
  }
}

/** @throws {RequestValidationError} for what the route's body may not have */
function checkInput(input: PortalSessionInput): void {
  const body = plainToInstance(CreatePortalSessionBody, input);
  const [error] = validateSync(body, { whitelist: true, forbidNonWhitelisted: true });
  if (!error) return;
  const [message = 'is wrong'] = Object.values(error.constraints ?? {});
  throw RequestValidationError.at([error.property], message);
}
