import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isUnavailable } from '../../database/database-errors.js';
import type { AuditNote } from '../../auth/audit.js';
import { EnvelopeError } from '../../http/envelope-error.js';
import { timeOf, TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { BatchLoader } from '../batch-loader.js';
import { AdminAuditEntity } from './admin-audit.entity.js';
import type { AuditedCall } from './audit-call-reader.js';
import { InjectDatabase } from '../../host/tokens.js';

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
 * changed that could not be written down, and of a call whose process was killed it stands that it had begun. Calls at
 * the same time are written together.
 */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');

  private readonly beginnings = new BatchLoader(BATCH, (lines: AdminAuditEntity[]) => this.insert(lines));
  private readonly ends = new BatchLoader(BATCH, (ended: AdminAuditEntity[][]) => this.rewrite(ended));

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
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
      await this.beginnings.add(line);
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
    const [targetId = line.targetId, ...others] = note.targets ?? [];
    const changed = note.changed && line.fields.filter((field) => note.changed?.includes(field));
    const ended = { ...line, status, targetId, fields: changed ?? line.fields };
    const more = others.map((other) => ({ ...ended, id: this.ids.next(), targetId: other }));
    await this.orSay(ended, () => this.ends.add([ended, ...more]));
  }

  /** Writes a call that was refused before it began. */
  async writeRefusal(call: AuditedCall, status: number): Promise<void> {
    const line = this.lineOf(call, status);
    await this.orSay(line, () => this.beginnings.add(line));
  }

  /** Writes what the backend did by itself. */
  async writeDisabling({ webhookId, tenant, reason }: AutomaticDisabling): Promise<void> {
    const caller = { tokenId: null, name: 'Posthorn', scopes: [], tenant };
    const asked = { targetId: webhookId, fields: ['isEnabled'], details: { reason } };
    const line = this.lineOf({ action: 'webhook.disable', caller, ...asked }, 200);
    await this.orSay(line, () => this.beginnings.add(line));
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

  private async insert(lines: AdminAuditEntity[]): Promise<void[]> {
    await this.dataSource.manager.insert(AdminAuditEntity, lines);
    return lines.map(() => undefined);
  }

  /** Writes lines as they are now; those that came in between are new. */
  private async rewrite(ended: AdminAuditEntity[][]): Promise<void[]> {
    const lines = ended.flat();
    for (let from = 0; from < lines.length; from += BATCH) {
      await this.dataSource.manager.upsert(AdminAuditEntity, lines.slice(from, from + BATCH), ['id']);
    }
    return ended.map(() => undefined);
  }

  private async orSay(line: AdminAuditEntity, write: () => Promise<unknown>): Promise<void> {
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
