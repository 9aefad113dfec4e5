import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../../auth/tenancy.js';
import { type CursorPage, toCursorPage, readCursor, readLimit, readTime } from '../../http/pagination.js';
import { ClockSteps } from '../../database/clock-steps.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { AdminAuditEntity } from './admin-audit.entity.js';
import { InjectDatabase } from '../../host/tokens.js';

/** The filters of a query of the audit log, all optional; a line must match all that are given. */
export interface AuditFilter {
  action?: string;
  tokenId?: string;
  targetId?: string;
  from?: string;
  to?: string;
  cursor?: string;
  limit?: string;
}

/** Reads the audit log, newest line first, by keyset pagination over the time-ordered ids. */
@Injectable()
export class AuditHistory {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly steps: ClockSteps,
  ) {}

  /** @throws {RequestValidationError} for a malformed time, cursor or limit */
  async list(filter: AuditFilter, viewer: Viewer): Promise<CursorPage<AdminAuditEntity>> {
    const limit = readLimit(filter.limit);
    const from = readTime('from', filter.from);
    const to = readTime('to', filter.to);
    const cursor = readCursor(filter.cursor);
    const { action, tokenId, targetId } = filter;
    const query = this.dataSource.manager.createQueryBuilder(AdminAuditEntity, 'a');
    if (viewer !== null) query.andWhere('a.tenant = :viewer', { viewer });
    if (action !== undefined) query.andWhere('a.action = :action', { action });
    if (tokenId !== undefined) query.andWhere('a.tokenId = :tokenId', { tokenId });
    if (targetId !== undefined) query.andWhere('a.targetId = :targetId', { targetId });
    // The ids bound what is read, the recorded time decides.
    if (from !== undefined) {
      query.andWhere('a.id >= :first AND a.at >= :from', { first: firstIdAt(from), from });
    }
    if (to !== undefined) {
      query.andWhere('a.id < :last AND a.at < :to', { last: this.steps.idsBefore(to), to });
    }
    if (cursor !== undefined) query.andWhere('a.id < :cursor', { cursor });
    const lines = await query
      .orderBy('a.id', 'DESC')
      .limit(limit + 1)
      .getMany();
    return toCursorPage(lines, limit, (line) => line);
  }
}
