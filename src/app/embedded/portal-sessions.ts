import { Inject, Injectable } from '@nestjs/common';
import {
  type PortalSessionInput,
  PortalSessionRegistry,
} from '../../admin/portal/portal-session-registry.js';
import { CreatePortalSessionBody, PortalSessionListQuery } from '../../admin/rest/portal-session-body.dto.js';
import { type PortalSessionView, toPortalSessionView } from '../../admin/rest/portal-session-view.js';
import type { CursorPage } from '../../http/pagination.js';
import { HAS_PORTAL } from './has-portal.js';
import type { HostCaller } from './host-caller.js';
import { ServiceCalls, toQuery } from './services/service-calls.js';

/** A portal session that was made, with its link. */
export interface NewPortalSession {
  id: string;
  /** The link, which works once. It is shown here alone. */
  url: string;
  /** ISO 8601. */
  expiresAt: string;
}

/**
 * Gives a host's customers links to the page of their own webhooks: what the routes under `/admin/portal-sessions` do, by
 * the same rules and into the same audit log.
 */
@Injectable()
export class PortalSessions {
  constructor(
    private readonly calls: ServiceCalls,
    private readonly registry: PortalSessionRegistry,
    @Inject(HAS_PORTAL) private readonly hasPortal: boolean,
  ) {}

  /**
   * Makes a session and its link. It has at most the scopes of its viewer.
   *
   * ```ts
   * const { url } = await portalSessions.create(viewer, { tenant: account.id, origins: ['https://app.example.com'] });
   * ```
   *
   * @throws {RequestValidationError} for a wrong tenant, scope, time or origin
   * @throws {ForbiddenError} without the scope `tokens:write`, for a scope or a tenant that the viewer does not have
   * @throws {ConflictError} without a safe `publicUrl`
   * @throws {Error} when the module has no `portal`
   */
  async create(viewer: HostCaller, input: PortalSessionInput): Promise<NewPortalSession> {
    if (!this.hasPortal) {
      throw new Error(
        'PortalSessions: the module has no portal to lead to. Set "portal" to true in WebhooksModule.',
      );
    }
    // As the route's answer, of which the audit log takes the id.
    const { data } = await this.calls.run(
      viewer,
      {
        scope: 'tokens:write',
        action: 'portal-session.create',
        status: 201,
        input: { type: CreatePortalSessionBody, value: input },
      },
      async (caller, body) => {
        const { id, url, expiresAt } = await this.registry.create(body, { ...caller, via: 'host' });
        return { data: { id, url, expiresAt: new Date(expiresAt).toISOString() } };
      },
    );
    return data;
  }

  /**
   * Lists the sessions that the viewer may see, newest first; `cursor` is the `nextCursor` of the page before.
   *
   * @throws {ForbiddenError} without the scope `tokens:read`
   */
  async list(
    viewer: HostCaller,
    page: { cursor?: string; limit?: number } = {},
  ): Promise<CursorPage<PortalSessionView>> {
    return this.calls.read(viewer, 'tokens:read', async (caller) => {
      const query = await this.calls.check(PortalSessionListQuery, toQuery(page), 'query');
      const { data, meta } = await this.registry.list(query, caller);
      return { data: data.map(toPortalSessionView), meta };
    });
  }

  /**
   * Revokes a session and its link.
   *
   * @throws {NotFoundError} also for one of another tenant @throws {ForbiddenError} without the scope `tokens:write`
   */
  async revoke(viewer: HostCaller, id: string): Promise<PortalSessionView> {
    return this.calls.run(
      viewer,
      { scope: 'tokens:write', action: 'portal-session.revoke', status: 200, targetId: id },
      async (caller) => toPortalSessionView(await this.registry.revoke(id, caller)),
    );
  }
}
