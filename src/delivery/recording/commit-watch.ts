import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { EventNotRecordedError } from '../../events/announce.js';
import { clearUnrecorded, findUnrecorded } from '../../events/unrecorded-events.js';
import { InjectDatabase } from '../../host/tokens.js';
import type { RecordedSize } from '../admission/admission-bounds.js';

const RECORDED = 'posthorn.recorded';

const NOTHING: RecordedSize = { events: 0, bytes: 0 };

/**
 * Marks a transaction as one that recorded an event, so that {@link CommitWatch} reports its commit.
 *
 * @param bytes of the event's data
 */
export function awaitCommit(manager: EntityManager, bytes: number): void {
  if (!manager.queryRunner) return;
  const before = readRecorded(manager);
  const after: RecordedSize = { events: before.events + 1, bytes: before.bytes + bytes };
  (manager.queryRunner.data as Record<string, unknown>)[RECORDED] = after;
}

/** Reads what the open transaction of a manager has recorded so far. */
export function readRecorded({ queryRunner }: Pick<EntityManager, 'queryRunner'>): RecordedSize {
  const data = queryRunner?.data as Record<string, RecordedSize | undefined> | undefined;
  return data?.[RECORDED] ?? NOTHING;
}

/**
 * Calls its listeners after the commit of each transaction that recorded an event, whether we or the host opened it.
 * This is only a hint that wakes the worker of this process: polling finds what the hint misses.
 */
@Injectable()
export class CommitWatch implements OnModuleInit, EntitySubscriberInterface {
  private readonly listeners = new Set<(recorded: RecordedSize) => void>();

  constructor(@InjectDatabase() private readonly dataSource: DataSource) {}

  onModuleInit(): void {
    this.dataSource.subscribers.push(this);
  }

  /** @param listener called after each such commit; must not throw */
  onCommit(listener: (recorded: RecordedSize) => void): void {
    this.listeners.add(listener);
  }

  /** @throws {EventNotRecordedError} when the transaction emitted an event that was not recorded; it is rolled back */
  beforeTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    const type = findUnrecorded(queryRunner);
    if (type !== null) throw new EventNotRecordedError(type);
  }

  afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    const recorded = readRecorded({ queryRunner });
    if (this.clearMark(queryRunner)) for (const listener of this.listeners) listener(recorded);
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    clearUnrecorded(queryRunner);
    this.clearMark(queryRunner);
  }

  /** Removes the mark at the end of the outer transaction. A released savepoint is no commit: the mark stays. */
  private clearMark(queryRunner: QueryRunner): boolean {
    const data = queryRunner.data as Record<string, unknown>;
    if (queryRunner.isTransactionActive || data[RECORDED] === undefined) return false;
    delete data[RECORDED];
    return true;
  }
}
