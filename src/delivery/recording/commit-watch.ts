import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { EventNotRecordedError } from '../../events/announce.js';
import { clearUnrecorded, findUnrecorded } from '../../events/unrecorded-events.js';
import { InjectDatabase } from '../../host/tokens.js';
import type { RecordedSize } from '../admission/admission-bounds.js';
import type { HandOffOffer } from '../model/hand-off.js';

const RECORDED = 'posthorn.recorded';

/** What the open transaction of a query runner has recorded so far. */
interface Recorded extends RecordedSize {
  /** Offers of the worker of this process for some of the events. */
  offers: HandOffOffer[];
  /** Whether an inner transaction was rolled back, or a statement failed: some of the events may not stand. */
  isDoubtful: boolean;
}

const NOTHING: Recorded = { events: 0, bytes: 0, offers: [], isDoubtful: false };

/** A transaction that was committed. */
export interface CommittedEvents extends RecordedSize {
  /** Whether the worker of this process has to fan some of them out. */
  isAnyWaiting: boolean;
}

/**
 * Marks a transaction as one that recorded an event, so that {@link CommitWatch} reports its commit.
 *
 * @param bytes of the event's data
 */
export function awaitCommit(manager: EntityManager, bytes: number): void {
  const recorded = noteIn(manager);
  if (!recorded) return;
  recorded.events += 1;
  recorded.bytes += bytes;
}

/** Notes offers of the worker of this process, so that {@link CommitWatch} tells them how the transaction ends. */
export function awaitCommitOf(manager: EntityManager, offers: readonly HandOffOffer[]): void {
  noteIn(manager)?.offers.push(...offers);
}

/** Reads what the open transaction of a manager has recorded so far. */
export function readRecorded({ queryRunner }: Pick<EntityManager, 'queryRunner'>): RecordedSize {
  return findRecorded(queryRunner) ?? NOTHING;
}

function findRecorded(queryRunner: QueryRunner | undefined): Recorded | undefined {
  return (queryRunner?.data as Record<string, Recorded | undefined> | undefined)?.[RECORDED];
}

function noteIn({ queryRunner }: Pick<EntityManager, 'queryRunner'>): Recorded | undefined {
  if (!queryRunner) return undefined;
  const recorded = findRecorded(queryRunner) ?? { ...NOTHING, offers: [] };
  (queryRunner.data as Record<string, unknown>)[RECORDED] = recorded;
  return recorded;
}

/**
 * Calls its listeners after the commit of each transaction that recorded an event, whether we or the host opened it.
 * This is only a hint that wakes the worker of this process: polling finds what the hint misses. It also tells offers to
 * send an event at once how its transaction has ended.
 */
@Injectable()
export class CommitWatch implements OnModuleInit, EntitySubscriberInterface {
  private readonly listeners = new Set<(committed: CommittedEvents) => void>();

  constructor(@InjectDatabase() private readonly dataSource: DataSource) {}

  onModuleInit(): void {
    this.dataSource.subscribers.push(this);
  }

  /** @param listener called after each such commit; must not throw */
  onCommit(listener: (committed: CommittedEvents) => void): void {
    this.listeners.add(listener);
  }

  /** @throws {EventNotRecordedError} when the transaction emitted an event that was not recorded; it is rolled back */
  beforeTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    const type = findUnrecorded(queryRunner);
    if (type !== null) throw new EventNotRecordedError(type);
  }

  /**
   * A statement that fails may have ended its transaction in the database, as a deadlock does. Where somebody catches the
   * error, TypeORM tells of a commit all the same.
   */
  afterQuery({ success, queryRunner }: { success: boolean; queryRunner: QueryRunner }): void {
    if (success) return;
    const recorded = findRecorded(queryRunner);
    if (recorded) recorded.isDoubtful = true;
  }

  afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    const recorded = this.takeMark(queryRunner);
    if (!recorded) return;
    const { events, bytes, offers, isDoubtful } = recorded;
    for (const offer of offers) {
      if (isDoubtful) offer.doubt();
      else offer.commit();
    }
    const committed = { events, bytes, isAnyWaiting: offers.length < events };
    for (const listener of this.listeners) listener(committed);
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    clearUnrecorded(queryRunner);
    const inner = queryRunner.isTransactionActive ? findRecorded(queryRunner) : undefined;
    if (inner) inner.isDoubtful = true;
    for (const offer of this.takeMark(queryRunner)?.offers ?? []) offer.withdraw();
  }

  /** Removes the mark at the end of the outer transaction. A released savepoint is no commit: the mark stays. */
  private takeMark(queryRunner: QueryRunner): Recorded | undefined {
    const recorded = findRecorded(queryRunner);
    if (queryRunner.isTransactionActive || recorded === undefined) return undefined;
    delete (queryRunner.data as Record<string, unknown>)[RECORDED];
    return recorded;
  }
}
