import { Controller, Get, Query } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import type { CursorPage } from '../../http/pagination.js';
import { RequiresScope } from '../../auth/scopes.js';
import { AuditHistory } from '../audit/audit-history.js';
import { AuditFilterQuery } from './audit-filter.dto.js';
import { type AuditView, toAuditView } from './audit-view.js';

/** Lists the audit log: who changed what. */
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly history: AuditHistory) {}

  /** Newest first. A token with a tenant sees the lines of that tenant only. */
  @Get()
  @RequiresScope('audit:read')
  async list(
    @Query() filter: AuditFilterQuery,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<CursorPage<AuditView>> {
    const { data, meta } = await this.history.list(filter, tenant, 'may-be-behind');
    return { data: data.map(toAuditView), meta };
  }
}
