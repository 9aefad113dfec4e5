import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AdminAuditEntity } from '../../admin/audit/admin-audit.entity.js';
import { AuditHistory, type AuditQuery, type AuditSource } from '../../admin/audit/audit-history.js';
import { PublishedEvents } from '../../delivery/history/published-events.js';

const ACTION = 'event.publish';

/** Shows the events that were published through the API as lines of the audit log. */
@Injectable()
export class PublishedEventsAudit implements AuditSource, OnModuleInit {
  constructor(
    private readonly history: AuditHistory,
    private readonly events: PublishedEvents,
  ) {}

  onModuleInit(): void {
    this.history.addSource(this);
  }

  async list(
    manager: EntityManager,
    { action, targetId, ...query }: AuditQuery,
  ): Promise<AdminAuditEntity[]> {
    if (action !== undefined && action !== ACTION) return [];
    const events = await this.events.list(manager, { ...query, eventId: targetId });
    return events.map(({ id, at, by: { tokenId, tokenName, tenant, fields } }) => ({
      id,
      at,
      tokenId,
      tokenName,
      tenant,
      action: ACTION,
      targetKind: 'event',
      targetId: id,
      fields,
      details: {},
      status: 202,
    }));
  }
}
