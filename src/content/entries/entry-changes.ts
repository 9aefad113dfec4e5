import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inReadCommitted } from '../../database/transactions.js';
import { EntryCreated, EntryDeleted, EntryUpdated } from '../../events/entry-events.js';
import type { JsonObject } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { type ContentType, getWrittenStatus } from '../content-type.js';
import type { EntryRow } from '../tables/content-entities.js';
import type { EntryData } from '../validation/entry-data.js';
import { EntryAnnouncer } from './entry-announcer.js';
import { EntryPopulator } from '../relations/entry-populator.js';
import { EntryWriter } from './entry-writer.js';
import { lockEntry, requireEntry } from '../tables/find-entry.js';
import { hashPasswords } from './passwords.js';
import { collectPreviousValues } from '../serialization/previous-values.js';
import { InjectDatabase } from '../../host/tokens.js';

/**
 * Makes, changes and deletes entries. Each change, its event and what it links are one transaction; one that met a
 * deadlock is made anew. Of types with drafts it is the draft that is made and changed.
 */
@Injectable()
export class EntryChanges {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly writer: EntryWriter,
    private readonly populator: EntryPopulator,
    private readonly announcer: EntryAnnouncer,
  ) {}

  /**
   * Makes an entry, the caller's tenant's.
   *
   * @returns the entry as it is printed and as its event tells it
   * @throws {RequestValidationError} when it points to what is not there, or a unique value is taken
   */
  async create(type: ContentType, data: EntryData, caller: Caller): Promise<JsonObject> {
    const sealed = await hashPasswords(type, data);
    return inReadCommitted(this.dataSource, (manager) => this.createIn(manager, type, sealed, caller));
  }

  /**
   * Changes what the data has of an entry; the rest is kept.
   *
   * @throws {NotFoundError} when there is no such entry for the caller
   * @throws {RequestValidationError} as {@link create} does
   */
  async update(type: ContentType, id: number, data: EntryData, caller: Caller): Promise<JsonObject> {
    const sealed = await hashPasswords(type, data);
    return inReadCommitted(this.dataSource, async (manager) => {
      const before = requireEntry(await lockEntry(manager, type, id, caller.tenant));
      return this.updateIn(manager, type, before, sealed, caller);
    });
  }

  /**
   * Deletes an entry; its files stay.
   *
   * @returns the entry as it stood
   * @throws {NotFoundError} when there is no such entry for the caller
   */
  async remove(type: ContentType, id: number, caller: Caller): Promise<JsonObject> {
    return inReadCommitted(this.dataSource, async (manager) => {
      const row = requireEntry(await lockEntry(manager, type, id, caller.tenant));
      return this.removeIn(manager, type, row, caller);
    });
  }

  /** As {@link create}, in a transaction that is open; passwords are sealed by then. */
  async createIn(
    manager: EntityManager,
    type: ContentType,
    data: EntryData,
    caller: Caller,
  ): Promise<JsonObject> {
    const row = await this.writer.insert(manager, type, data, caller.tenant);
    // What the request does not fill is empty: nothing need be read for it.
    const isEmpty = (name: string) => ![data.links, data.components].some((given) => given.get(name)?.length);
    const made = await this.populator.populateOne(manager, type, getWrittenStatus(type), row, isEmpty);
    return this.announcer.announce(EntryCreated, made, { caller, previous: null, manager });
  }

  /** As {@link update}, in a transaction that is open and keeps the row; passwords are sealed by then. */
  async updateIn(
    manager: EntityManager,
    type: ContentType,
    before: EntryRow,
    data: EntryData,
    caller: Caller,
  ): Promise<JsonObject> {
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

  /** As {@link remove}, in a transaction that is open and keeps the row. */
  async removeIn(
    manager: EntityManager,
    type: ContentType,
    row: EntryRow,
    caller: Caller,
  ): Promise<JsonObject> {
    const removed = await this.populator.populateOne(manager, type, getWrittenStatus(type), row);
    await this.writer.remove(manager, type, row.id);
    return this.announcer.announce(EntryDeleted, removed, { caller, previous: null, manager });
  }
}
