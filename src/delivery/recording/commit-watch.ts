import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { EventNotRecordedError } from '../../events/announce.js';
import { clearUnrecorded, findUnrecorded } from '../../events/unrecorded-events.js';
import { InjectDatabase } from '../../host/tokens.js';

const RECORDED = 'posthorn.recorded';

/** Marks a transaction as one that recorded an event, so that {@link CommitWatch} reports its commit. */
export function awaitCommit(manager: EntityManager): void {
  if (manager.queryRunner) (manager.queryRunner.data as Record<string, unknown>)[RECORDED] = true;
}

/**
 * Calls its listeners after the commit of each transaction that recorded an event, whether we or the host opened it.
 * This is only a hint that wakes the worker of this process: polling finds what the hint misses.
 */
@Injectable()
export class CommitWatch implements OnModuleInit, EntitySubscriberInterface {
  private readonly listeners = new Set<() => void>();

  constructor(@InjectDatabase() private readonly dataSource: DataSource) {}

  onModuleInit(): void {
    this.dataSource.subscribers.push(this);
  }

  /** @param listener called after each such commit; must not throw */
  onCommit(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** @throws {EventNotRecordedError} when the transaction emitted an event that was not recorded; it is rolled back */
  beforeTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    const type = findUnrecorded(queryRunner);
    if (type !== null) throw new EventNotRecordedError(type);
  }

  afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    if (this.clearMark(queryRunner)) for (const listener of this.listeners) listener();
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    clearUnrecorded(queryRunner);
    this.clearMark(queryRunner);
  }

  /** Removes the mark at the end of the outer transaction. A released savepoint is no commit: the mark stays. */
  private clearMark(queryRunner: QueryRunner): boolean {
    const data = queryRunner.data as Record<string, unknown>;
    if (queryRunner.isTransactionActive || data[RECORDED] !== true) return false;
    delete data[RECORDED];
    return true;
  }
}
