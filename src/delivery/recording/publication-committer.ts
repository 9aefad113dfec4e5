import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { isUnavailable } from '../../database/database-errors.js';
import { countBytes } from '../../database/insert-rows.js';
import { packetLimitOf, readPacketLimit } from '../../database/packet-limit.js';
import { inProducerTransactionAtOnce, waitForDatabase } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import { HandOff } from '../model/hand-off.js';
import { KeysHeldError, refuseHeldKeys } from './claim-keys.js';
import { GroupCommit } from './group-commit.js';
import type { EventRow } from './insert-event.js';
import { type Publication, type PublishedEvent, listHashes } from './publication.js';
import { type PublicationOutcome, writePublications } from './write-publications.js';

/** The most publications of one transaction, and the most bytes of their rows where the server takes much more. */
const MOST_PUBLICATIONS = 256;
const MOST_BYTES = 1_000_000;

/** Completes the rows of events in their transaction, before they are inserted. */
export type CompleteRows = (manager: EntityManager, events: PublishedEvent<EventRow>[]) => Promise<void>;

/**
 * Commits publications, those that arrive together in one transaction (group commit): one INSERT, one COMMIT, and an
 * outcome for each. When a group fails, its publications are tried one by one, so that each fails for itself alone.
 */
@Injectable()
export class PublicationCommitter implements OnModuleInit {
  private readonly groups = new GroupCommit<Publication<EventRow>, PublicationOutcome>({
    mostItems: MOST_PUBLICATIONS,
    mostBytes: () => this.mostBytes,
    bytesOf: ({ events }) => sumBytes(events),
    commit: (publications) => this.commitGroup(publications),
  });

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly handOff: HandOff,
  ) {}

  async onModuleInit(): Promise<void> {
    await readPacketLimit(this.dataSource);
  }

  /**
   * Commits a publication, together with others that arrive now.
   *
   * @throws the database's error; the publication is not recorded then, unless it is a {@link CommitOutcomeUnknownError}
   */
  async commit(publication: Publication<EventRow>): Promise<PublicationOutcome> {
    const turn = this.handOff.pace();
    if (turn) await turn;
    const isLarge = sumBytes(publication.events) > this.mostBytes;
    if (isLarge) return this.commitAlone(publication);
    // Each waits for itself: a group that waited would hold up those behind it.
    return waitForDatabase(this.dataSource, () => this.groups.add(publication));
  }

  /** Commits a publication in a transaction of its own, and waits for nobody but those who hold its keys. */
  async commitAlone(
    publication: Publication<EventRow>,
    complete?: CompleteRows,
  ): Promise<PublicationOutcome> {
    return waitForDatabase(this.dataSource, () => this.commitAtOnce(publication, complete));
  }

  private async commitAtOnce(
    publication: Publication<EventRow>,
    complete?: CompleteRows,
  ): Promise<PublicationOutcome> {
    const [outcome] = await this.transact([publication], async () => {}, complete);
    return outcome as PublicationOutcome;
  }

  /** A statement that begins with a group's rows stays well below the server's limit, however its text is escaped. */
  private get mostBytes(): number {
    return Math.min(MOST_BYTES, packetLimitOf(this.dataSource) / 4);
  }

  private async commitGroup(publications: Publication<EventRow>[]): Promise<Promise<PublicationOutcome>[]> {
    try {
      const outcomes = await this.transact(publications, async (manager) =>
        refuseHeldKeys(manager, publications.flatMap(listHashes)),
      );
      return outcomes.map((outcome) => Promise.resolve(outcome));
    } catch (error) {
      // A database that is away would fail each of them as well.
      if (isUnavailable(error)) throw error;
      // One whose key is held would keep the next group waiting.
      if (publications.length === 1 && !(error instanceof KeysHeldError)) throw error;
      return this.commitOneByOne(publications);
    }
  }

  /** Those with a key go beside the groups: another transaction may hold it for long. */
  private async commitOneByOne(
    publications: readonly Publication<EventRow>[],
  ): Promise<Promise<PublicationOutcome>[]> {
    const outcomes: Promise<PublicationOutcome>[] = [];
    for (const publication of publications) {
      const outcome = this.commitAtOnce(publication);
      outcomes.push(outcome);
      // Whoever asked for it gets the error.
      const ended = outcome.catch(() => undefined);
      if (listHashes(publication).length === 0) await ended;
    }
    return outcomes;
  }

  private async transact(
    publications: readonly Publication<EventRow>[],
    prepare: (manager: EntityManager) => Promise<void>,
    complete?: CompleteRows,
  ): Promise<PublicationOutcome[]> {
    return inProducerTransactionAtOnce(this.dataSource, async (manager) => {
      await prepare(manager);
      return writePublications(manager, publications, this.handOff, this.clock.now(), async (events) =>
        complete?.(manager, events),
      );
    });
  }
}

function sumBytes(events: readonly PublishedEvent<EventRow>[]): number {
  let bytes = 0;
  for (const { row } of events) bytes += countBytes(row);
  return bytes;
}
