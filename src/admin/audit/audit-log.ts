import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { runAtOnce } from '../../database/at-once.js';
import { isUnavailable } from '../../database/database-errors.js';
import { waitForDatabase } from '../../database/transactions.js';
import type { AuditNote } from '../../auth/audit.js';
import { EnvelopeError } from '../../http/envelope-error.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { BatchLoader } from '../batch-loader.js';
import { AdminAuditEntity } from './admin-audit.entity.js';
import type { AuditedCall } from './audit-call-reader.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Lines of one statement. */
const BATCH = 200;

/** A webhook that the backend disabled by itself. */
export interface AutomaticDisabling {
  webhookId: string;
  tenant: string | null;
  reason: string;
}

/**
 * Writes the audit log, write-ahead: a line is inserted before the call runs and updated with the result afterwards. So
 * nothing changes that the log could not record, and a call whose process was killed leaves its line, with an unknown
 * result. Lines of concurrent calls share statements.
 */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');
  private readonly inserts = new BatchLoader(BATCH, (lines: AdminAuditEntity[]) => this.insert(lines));
  private readonly updates = new BatchLoader(BATCH, (ended: AdminAuditEntity[][]) => this.update(ended));

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
  ) {}

  /**
   * Inserts the line of a call that is about to run.
   *
   * @throws {EnvelopeError} when the line cannot be written: the call must not run
   */
  async begin(call: AuditedCall): Promise<AdminAuditEntity> {
    const line = this.createLine(call, null);
    try {
      await waitForDatabase(this.dataSource, () => this.inserts.add(line));
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

  /** Updates the line of {@link begin} with the call's result. The call's changes stand, so a failure is only logged. */
  async end(line: AdminAuditEntity, status: number, note: AuditNote = {}): Promise<void> {
    const [targetId = line.targetId, ...others] = note.targets ?? [];
    const changed = note.changed && line.fields.filter((field) => note.changed?.includes(field));
    const ended = { ...line, status, targetId, fields: changed ?? line.fields };
    const more = others.map((other) => ({ ...ended, id: this.ids.next(), targetId: other }));
    await this.writeOrLog(ended, () => this.updates.add([ended, ...more]));
  }

  /** Inserts the line of a call that the guard refused. A failure is only logged. */
  async writeRefusal(call: AuditedCall, status: number): Promise<void> {
    const line = this.createLine(call, status);
    await this.writeOrLog(line, () => this.inserts.add(line));
  }

  /** Inserts the line of something that was done without a call of an audited route. A failure is only logged. */
  async writeDone(call: AuditedCall): Promise<void> {
    const line = this.createLine(call, 200);
    await this.writeOrLog(line, () => this.inserts.add(line));
  }

  /** Inserts the line of a webhook that the backend disabled by itself. A failure is only logged. */
  async writeDisabling({ webhookId, tenant, reason }: AutomaticDisabling): Promise<void> {
    const caller = { tokenId: null, name: 'Posthorn', scopes: [], tenant };
    const asked = { targetId: webhookId, fields: ['isEnabled'], details: { reason } };
    const line = this.createLine({ action: 'webhook.disable', caller, ...asked }, 200);
    await this.writeOrLog(line, () => this.inserts.add(line));
  }

  private createLine({ action, caller, ...asked }: AuditedCall, status: number | null): AdminAuditEntity {
    // The time before the id: an id is never behind the recorded time.
    const at = this.clock.now();
    return {
      id: this.ids.next(),
      at,
      tokenId: caller.tokenId,
      tokenName: caller.name,
      tenant: caller.tenant,
      action,
      targetKind: action.slice(0, action.indexOf('.')),
      ...asked,
      status,
    };
  }

  /** Upserts, because what was lost with its connection is written again. */
  private async insert(lines: AdminAuditEntity[]): Promise<void[]> {
    await this.upsert(lines);
    return lines.map(() => undefined);
  }

  /** Upserts: the first line of a call exists already, those of its further targets are new. */
  private async update(ended: AdminAuditEntity[][]): Promise<void[]> {
    const lines = ended.flat();
    for (let from = 0; from < lines.length; from += BATCH) {
      await this.upsert(lines.slice(from, from + BATCH));
    }
    return ended.map(() => undefined);
  }

  private async upsert(lines: AdminAuditEntity[]): Promise<void> {
    await runAtOnce(this.dataSource, ({ manager }) => manager.upsert(AdminAuditEntity, lines, ['id']));
  }

  /** Each line waits for a database that is away by itself: a batch that waited would hold up those behind it. */
  private async writeOrLog(line: AdminAuditEntity, write: () => Promise<unknown>): Promise<void> {
    try {
      await waitForDatabase(this.dataSource, write);
    } catch (error) {
      const { action, targetId, tokenId, tokenName, status } = line;
      this.logger.error(
        `The audit log lacks the result of ${action} of ${targetId ?? 'nothing named'} ` +
          `by "${tokenName}" (${tokenId ?? 'no token'}), status ${status}: ${String(error)}`,
      );
    }
  }
}
