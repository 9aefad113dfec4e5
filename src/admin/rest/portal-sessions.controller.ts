import { Body, Controller, Delete, Get, Header, Param, Post, Query } from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import type { CursorPage } from '../../http/pagination.js';
import { PortalSessionRegistry } from '../portal/portal-session-registry.js';
import { CreatePortalSessionBody, PortalSessionListQuery } from './portal-session-body.dto.js';
import { type PortalSessionView, toPortalSessionView } from './portal-session-view.js';

/** Makes, lists and revokes sessions of the portal. */
@Controller('admin/portal-sessions')
export class PortalSessionsController {
  constructor(private readonly sessions: PortalSessionRegistry) {}

  @Get()
  @RequiresScope('tokens:read')
  async list(
    @Query() query: PortalSessionListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<CursorPage<PortalSessionView>> {
    const { data, meta } = await this.sessions.list(query, caller);
    return { data: data.map(toPortalSessionView), meta };
  }

  /** Only this answer shows the link; no route shows it again. */
  @Post()
  @Header('Cache-Control', 'no-store')
  @Audited('portal-session.create')
  @RequiresScope('tokens:write')
  async create(
    @Body() body: CreatePortalSessionBody,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: { id: string; url: string; expiresAt: string } }> {
    const { id, url, expiresAt } = await this.sessions.create(body, caller);
    return { data: { id, url, expiresAt: new Date(expiresAt).toISOString() } };
  }

  @Delete(':id')
  @Audited('portal-session.revoke')
  @RequiresScope('tokens:write')
  async revoke(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: PortalSessionView }> {
    return { data: toPortalSessionView(await this.sessions.revoke(id, caller)) };
  }
}
