import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';

import { EventNotRecordedError } from '../../events/announce.js';
import { clearUnrecorded, findUnrecorded } from '../../events/unrecorded-events.js';

const RECORDED = 'posthorn.recorded';

/** Notes on a transaction that an event was recorded in it. */
export function awaitCommit(manager: EntityManager): void {
  if (manager.queryRunner) (manager.queryRunner.data as Record<string, unknown>)[RECORDED] = true;
}

/**
 * Says when a transaction in which an event was recorded has been committed, whoever opened it. It is a hint for the
 * worker of this process and nothing more: polling finds what it misses.
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

  /** @throws {EventNotRecordedError} and the change is rolled back, when an event of it was emitted and nobody recorded it */
  beforeTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    const type = findUnrecorded(queryRunner);
    if (type !== null) throw new EventNotRecordedError(type);
  }

  afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    if (this.takeMark(queryRunner)) for (const listener of this.listeners) listener();
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    clearUnrecorded(queryRunner);
    this.takeMark(queryRunner);
  }

  /** A released savepoint is no commit: the mark stays for the transaction around it. */
  private takeMark(queryRunner: QueryRunner): boolean {
    const data = queryRunner.data as Record<string, unknown>;
    if (queryRunner.isTransactionActive || data[RECORDED] !== true) return false;
    delete data[RECORDED];
    return true;
  }
}
