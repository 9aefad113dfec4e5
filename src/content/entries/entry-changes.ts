import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inProducerTransaction } from '../../database/transactions.js';
import { EntryCreated, EntryDeleted, EntryUpdated } from '../../events/entry-events.js';
import type { JsonObject } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { type ContentType, getWrittenStatus } from '../content-type.js';
import type { EntryRow } from '../tables/content-entities.js';
import type { PopulatedEntry } from '../serialization/populated-entry.js';
import type { EntryData } from '../validation/entry-data.js';
import { EntryAnnouncer } from './entry-announcer.js';
import { EntryPopulator } from '../relations/entry-populator.js';
import { LinkChanges } from '../relations/link-changes.js';
import { EntryWriter } from './entry-writer.js';
import { findEntry, lockEntry, requireEntry } from '../tables/find-entry.js';
import { hashPasswords } from './passwords.js';
import { EntryAnswers } from '../serialization/entry-answers.js';
import { collectPreviousValues } from '../serialization/previous-values.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Completes the data in the transaction of its change, also when that is repeated. */
export type Preparation = (manager: EntityManager, data: EntryData) => Promise<void>;

/**
 * Creates, updates and deletes entries. The change, its event and its links are one transaction, which is retried after
 * a deadlock. With draft and publish the draft is created and updated.
 */
@Injectable()
export class EntryChanges {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly links: LinkChanges,
    private readonly writer: EntryWriter,
    private readonly populator: EntryPopulator,
    private readonly announcer: EntryAnnouncer,
    private readonly answers: EntryAnswers,
  ) {}

  /**
   * Creates an entry of the caller's tenant.
   *
   * @param prepare runs first in the transaction. Default: nothing
   * @returns the serialized entry, as its event carries it
   * @throws {RequestValidationError} when it links to a missing entry or file, or a unique value is taken
   */
  async create(
    type: ContentType,
    data: EntryData,
    caller: Caller,
    prepare?: Preparation,
  ): Promise<JsonObject> {
    const hashed = await hashPasswords(type, data);
    return inProducerTransaction(this.dataSource, async (manager) => {
      await prepare?.(manager, hashed);
      return this.createIn(manager, type, hashed, caller);
    });
  }

  /**
   * Updates the attributes in the data; the others keep their values.
   *
   * @param prepare runs in the transaction before the change. Default: nothing
   * @throws {NotFoundError} when the entry does not exist for the caller
   * @throws {RequestValidationError} as {@link create} does
   */
  async update(
    type: ContentType,
    id: number,
    data: EntryData,
    caller: Caller,
    prepare?: Preparation,
  ): Promise<JsonObject> {
    const hashed = await hashPasswords(type, data);
    return inProducerTransaction(this.dataSource, async (manager) => {
      const before = requireEntry(await lockEntry(manager, type, id, caller.tenant));
      await prepare?.(manager, hashed);
      return this.updateIn(manager, type, before, hashed, caller);
    });
  }

  /**
   * Deletes an entry; its files stay.
   *
   * @returns the deleted entry
   * @throws {NotFoundError} when the entry does not exist for the caller
   */
  async remove(type: ContentType, id: number, caller: Caller): Promise<JsonObject> {
    return inProducerTransaction(this.dataSource, async (manager) => {
      const row = requireEntry(await lockEntry(manager, type, id, caller.tenant));
      return this.removeIn(manager, type, row, caller);
    });
  }

  /** {@link create} within an open transaction. Passwords are hashed already. */
  async createIn(
    manager: EntityManager,
    type: ContentType,
    data: EntryData,
    caller: Caller,
  ): Promise<JsonObject> {
    await this.links.resolve(manager, type, null, caller.tenant, data);
    const row = await this.writer.insert(manager, type, data, caller.tenant);
    // Attributes that the request does not fill are empty: no query is needed for them.
    const isEmpty = (name: string) => ![data.links, data.components].some((given) => given.get(name)?.length);
    const created = await this.populator.populateOne(manager, type, getWrittenStatus(type), row, isEmpty);
    return this.announcer.announce(EntryCreated, created, { caller, previous: null, manager });
  }

  /** {@link update} within an open transaction that has locked the row. Passwords are hashed already. */
  async updateIn(
    manager: EntityManager,
    type: ContentType,
    before: EntryRow,
    data: EntryData,
    caller: Caller,
  ): Promise<JsonObject> {
    await this.links.resolve(manager, type, before, before.tenant, data);
    const status = getWrittenStatus(type);
    const isWritten = (name: string) =>
      [data.scalars, data.links, data.components].some((given) => given.has(name));
    const former = await this.populator.populateOne(
      manager,
      type,
      status,
      before,
      (name) => !isWritten(name),
    );
    const row = await this.writer.update(manager, type, before, data);
    const changed = await this.populator.populateOne(manager, type, status, row);
    const previous = collectPreviousValues(former, changed, isWritten);
    return this.announcer.announce(EntryUpdated, changed, { caller, previous, manager });
  }

  /** {@link remove} within an open transaction that has locked the row. */
  async removeIn(
    manager: EntityManager,
    type: ContentType,
    row: EntryRow,
    caller: Caller,
  ): Promise<JsonObject> {
    const removed = await this.populator.populateOne(manager, type, getWrittenStatus(type), row);
    const published = await this.findPublishedTwin(manager, type, row.id);
    await this.writer.remove(manager, type, row.id);
    const change = { caller, previous: null, manager };
    const answer = await this.announcer.announce(EntryDeleted, removed, change);
    if (published) await this.announcer.announce(EntryDeleted, published, change);
    return answer;
  }

  /** The published version, where its removal is told too: Strapi 5 tells it, Strapi 3 had one row for both. */
  private async findPublishedTwin(
    manager: EntityManager,
    type: ContentType,
    id: number,
  ): Promise<PopulatedEntry | null> {
    if (this.answers.format === 'strapi-v3' || !type.draftAndPublish) return null;
    const row = await findEntry(manager, type, 'published', id, null);
    return row && this.populator.populateOne(manager, type, 'published', row);
  }
}
