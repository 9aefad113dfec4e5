import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { rowLock } from '../../database/row-lock.js';
import type { JsonObject } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { NotFoundError } from '../../http/envelope-error.js';
import type { ContentType } from '../content-type.js';
import { getEntityName, type EntryRow } from '../tables/content-entities.js';
import type { EntryData } from '../validation/entry-data.js';
import { EntryChanges, type Preparation } from './entry-changes.js';
import { findSingle, requireEntry, matchTenant } from '../tables/find-entry.js';
import { InjectDatabase } from '../../host/tokens.js';

const MOST_TRIES = 5;

/** Writes the entry of a single type; each tenant has at most one. */
@Injectable()
export class SingleEntries {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly changes: EntryChanges,
  ) {}

  /**
   * Updates the entry or creates it (upsert). Of concurrent requests one creates it: the others meet the unique index,
   * retry, and update.
   *
   * @param check gives the checked data: `whole` if the entry is created
   * @param prepare as of `EntryChanges.create`
   * @throws {RequestValidationError} with all problems
   */
  async save(
    type: ContentType,
    check: (kind: 'whole' | 'partial') => EntryData,
    caller: Caller,
    prepare?: Preparation,
  ): Promise<JsonObject> {
    for (let attempt = 1; ; attempt += 1) {
      const row = await findSingle(this.dataSource.manager, type, 'draft', caller.tenant);
      try {
        return row
          ? await this.changes.update(type, row.id, check('partial'), caller, prepare)
          : await this.changes.create(type, check('whole'), caller, prepare);
      } catch (error) {
        const wasCreated = !row && isDuplicateKey(error);
        const isGone = row !== null && error instanceof NotFoundError;
        if (!(wasCreated || isGone) || attempt >= MOST_TRIES) throw error;
      }
    }
  }

  /**
   * Deletes the entry.
   *
   * @returns the deleted entry
   * @throws {NotFoundError} when it does not exist
   */
  async remove(type: ContentType, caller: Caller): Promise<JsonObject> {
    const row = requireEntry(await findSingle(this.dataSource.manager, type, 'draft', caller.tenant));
    return this.changes.remove(type, row.id, caller);
  }

  /**
   * Finds the entry and locks it for the transaction.
   *
   * @throws {NotFoundError} when it does not exist
   */
  async lock(manager: EntityManager, type: ContentType, caller: Caller): Promise<EntryRow> {
    const row = await manager.findOne<EntryRow>(getEntityName(type, 'draft'), {
      where: matchTenant(caller.tenant),
      ...rowLock(manager),
    });
    return requireEntry(row);
  }
}
