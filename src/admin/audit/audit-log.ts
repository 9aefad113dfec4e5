import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { isUnavailable } from '../../database/database-errors.js';
import { inReadCommitted } from '../../database/read-committed.js';
import type { AuditNote } from '../../http/audit-note.js';
import { EnvelopeError } from '../../http/envelope-error.js';
import { timeOf, TimeOrderedIds } from '../../time/time-ordered-ids.js';
import { AdminAuditEntity } from './admin-audit.entity.js';
import type { AuditedCall } from './audited-calls.js';

/** So many lines go into one statement. */
const BATCH = 200;

/** A webhook that the backend disabled by itself. */
export interface AutomaticDisabling {
  webhookId: string;
  tenant: string | null;
  reason: string;
}

/**
 * Writes who changed what. A call's line is written before it changes anything and gets its end afterwards: nothing is
 * changed that could not be written down, and of a call whose process was killed it stands that it had begun.
 */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly ids: TimeOrderedIds,
  ) {}

  /**
   * Writes that a call begins.
   *
   * @throws {EnvelopeError} when it cannot be written: the call must not be made
   */
  async begin(call: AuditedCall): Promise<AdminAuditEntity> {
    const line = this.lineOf(call, null);
    try {
      await this.dataSource.manager.insert(AdminAuditEntity, line);
      return line;
    } catch (error) {
      this.logger.error(
        `The audit log cannot be written, so ${call.action} was not carried out: ${String(error)}`,
      );
      if (isUnavailable(error)) throw error;
      throw new EnvelopeError(
        500,
        'InternalServerError',
        'This call could not be written into the audit log, so nothing was changed. The log says why.',
      );
    }
  }

  /** Writes how a call ended that {@link begin} began. What it did stands, so that a failure here is only logged. */
  async end(line: AdminAuditEntity, status: number, note: AuditNote = {}): Promise<void> {
    const { id, ...rest } = line;
    const [targetId = line.targetId, ...others] = note.targets ?? [];
    const changed = note.changed && line.fields.filter((field) => note.changed?.includes(field));
    const ended = { ...rest, status, targetId, fields: changed ?? line.fields };
    const more = others.map((other) => ({ ...ended, id: this.ids.next(), targetId: other }));
    await this.orSay(ended, () =>
      inReadCommitted(this.dataSource, async (manager) => {
        await manager.update(AdminAuditEntity, { id }, { status, targetId, fields: ended.fields });
        for (let from = 0; from < more.length; from += BATCH) {
          await manager.insert(AdminAuditEntity, more.slice(from, from + BATCH));
        }
      }),
    );
  }

  /** Writes a call that was refused before it began. */
  async writeRefusal(call: AuditedCall, status: number): Promise<void> {
    const line = this.lineOf(call, status);
    await this.orSay(line, () => this.dataSource.manager.insert(AdminAuditEntity, line));
  }

  /** Writes what the backend did by itself. */
  async writeDisabling({ webhookId, tenant, reason }: AutomaticDisabling): Promise<void> {
    const caller = { tokenId: null, name: 'Posthorn', scopes: [], tenant };
    const asked = { targetId: webhookId, fields: ['isEnabled'], details: { reason } };
    const line = this.lineOf({ action: 'webhook.disable', caller, ...asked }, 200);
    await this.orSay(line, () => this.dataSource.manager.insert(AdminAuditEntity, line));
  }

  private lineOf({ action, caller, ...asked }: AuditedCall, status: number | null): AdminAuditEntity {
    const id = this.ids.next();
    return {
      id,
      at: timeOf(id),
      tokenId: caller.tokenId,
      tokenName: caller.name,
      tenant: caller.tenant,
      action,
      targetKind: action.slice(0, action.indexOf('.')),
      ...asked,
      status,
    };
  }

  private async orSay(line: Omit<AdminAuditEntity, 'id'>, write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const { action, targetId, tokenId, tokenName, status } = line;
      this.logger.error(
        `The audit log lacks how this ended: ${action} of ${targetId ?? 'nothing named'} ` +
          `by "${tokenName}" (${tokenId ?? 'no token'}), status ${status}: ${String(error)}`,
      );
    }
  }
}
