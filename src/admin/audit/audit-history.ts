import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Viewer } from '../../auth/tenancy.js';
import {
  type CursorPage,
  readCursor,
  readLimit,
  readTime,
  tellBehind,
  toCursorPage,
} from '../../http/pagination.js';
import { ClockSteps } from '../../database/clock-steps.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { type Freshness, ReadReplica } from '../../database/read-replica.js';
import { AdminAuditEntity } from './admin-audit.entity.js';

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

/** A query of the audit log. Times are UTC epoch milliseconds; what is undefined does not matter. */
export interface AuditQuery {
  action: string | undefined;
  tokenId: string | undefined;
  targetId: string | undefined;
  from: number | undefined;
  to: number | undefined;
  /** Ids before this one. */
  before: string | undefined;
  viewer: Viewer;
  limit: number;
}

/** Lines of the audit log that are kept elsewhere: what a call recorded says itself who did it. */
export interface AuditSource {
  /**
   * At most `limit` lines, newest first; their ids are time-ordered, and those of no other line.
   *
   * @param manager of the database that they are to be read from
   */
  list(manager: EntityManager, query: AuditQuery): Promise<AdminAuditEntity[]>;
}

/** Reads the audit log, newest line first, by keyset pagination over the time-ordered ids. */
@Injectable()
export class AuditHistory {
  private readonly sources: AuditSource[] = [];

  constructor(
    private readonly replica: ReadReplica,
    private readonly steps: ClockSteps,
  ) {}

  /** Shows the lines of a source among those of the log. */
  addSource(source: AuditSource): void {
    this.sources.push(source);
  }

  /** @throws {RequestValidationError} for a malformed time, cursor or limit */
  async list(
    filter: AuditFilter,
    viewer: Viewer,
    freshness: Freshness = 'current',
  ): Promise<CursorPage<AdminAuditEntity>> {
    const limit = readLimit(filter.limit);
    const query: AuditQuery = {
      action: filter.action,
      tokenId: filter.tokenId,
      targetId: filter.targetId,
      from: readTime('from', filter.from),
      to: readTime('to', filter.to),
      before: readCursor(filter.cursor),
      viewer,
      limit: limit + 1,
    };
    const { value: found, secondsBehind } = await this.replica.read(freshness, (manager) =>
      Promise.all([
        this.listOwn(manager, query),
        ...this.sources.map(async (source) => source.list(manager, query)),
      ]),
    );
    const lines = found.flat().toSorted((one, other) => (one.id > other.id ? -1 : 1));
    return tellBehind({ value: toCursorPage(lines, limit, (line) => line), secondsBehind });
  }

  private async listOwn(manager: EntityManager, asked: AuditQuery): Promise<AdminAuditEntity[]> {
    const { action, tokenId, targetId, from, to, before, viewer, limit } = asked;
    const query = manager.createQueryBuilder(AdminAuditEntity, 'a');
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
    if (before !== undefined) query.andWhere('a.id < :before', { before });
    return query.orderBy('a.id', 'DESC').limit(limit).getMany();
  }
}
