import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { rowLock } from '../../database/row-lock.js';
import type { JsonObject } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { NotFoundError } from '../../http/envelope-error.js';
import type { ContentType } from '../content-type.js';
import { getEntityName, type EntryRow } from '../tables/content-entities.js';
import { checkEntry } from '../validation/check-entry.js';
import { EntryChanges } from './entry-changes.js';
import { findSingle, requireEntry, matchTenant } from '../tables/find-entry.js';
import { InjectDatabase } from '../../host/tokens.js';

const MOST_TRIES = 5;

/** The entry of a single type, of which each tenant has one at the most. */
@Injectable()
export class SingleEntries {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly changes: EntryChanges,
  ) {}

  /**
   * Changes the entry, or makes it when there is none. Of requests that make it at the same moment one does, and the
   * others change it.
   *
   * @param body `{data: {…}}`; what is required must be there when the entry is made
   * @throws {RequestValidationError} with everything that is wrong
   */
  async save(type: ContentType, body: unknown, caller: Caller): Promise<JsonObject> {
    for (let attempt = 1; ; attempt += 1) {
      const row = await findSingle(this.dataSource.manager, type, 'draft', caller.tenant);
      try {
        return row
          ? await this.changes.update(type, row.id, checkEntry(type, body, 'partial'), caller)
          : await this.changes.create(type, checkEntry(type, body, 'whole'), caller);
      } catch (error) {
        const wasMade = !row && isDuplicateKey(error);
        const isGone = row !== null && error instanceof NotFoundError;
        if (!(wasMade || isGone) || attempt >= MOST_TRIES) throw error;
      }
    }
  }

  /**
   * Deletes the entry.
   *
   * @returns the entry as it stood
   * @throws {NotFoundError} when there is none
   */
  async remove(type: ContentType, caller: Caller): Promise<JsonObject> {
    const row = requireEntry(await findSingle(this.dataSource.manager, type, 'draft', caller.tenant));
    return this.changes.remove(type, row.id, caller);
  }

  /**
   * The entry, kept for a transaction.
   *
   * @throws {NotFoundError} when there is none
   */
  async lock(manager: EntityManager, type: ContentType, caller: Caller): Promise<EntryRow> {
    const row = await manager.findOne<EntryRow>(getEntityName(type, 'draft'), {
      where: matchTenant(caller.tenant),
      ...rowLock(manager),
    });
    return requireEntry(row);
  }
}
