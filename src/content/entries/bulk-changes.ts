import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inProducerTransaction } from '../../database/transactions.js';
import type { JsonObject } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { ContentType } from '../content-type.js';
import type { EntryRow } from '../tables/content-entities.js';
import type { BulkChange, BulkCreation, BulkDeletion } from '../validation/bulk-data.js';
import { EntryChanges } from './entry-changes.js';
import { lockEntries } from '../tables/find-entry.js';
import { hashPasswords } from './passwords.js';
import { InjectDatabase } from '../../host/tokens.js';

/**
 * Creates, updates and deletes many entries in one transaction: all or none. Each entry has an event of its own.
 */
@Injectable()
export class BulkChanges {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly changes: EntryChanges,
  ) {}

  /**
   * @returns the entries in the order of the request
   * @throws {RequestValidationError} at the first entry that cannot be created; the path names it
   */
  async create(type: ContentType, items: readonly BulkCreation[], caller: Caller): Promise<JsonObject[]> {
    for (const { data } of items) await hashPasswords(type, data);
    return inProducerTransaction(this.dataSource, (manager) =>
      mapInOrder(items, ({ data, path }) =>
        prefixIssuePaths(path, () => this.changes.createIn(manager, type, data, caller)),
      ),
    );
  }

  /**
   * @returns the entries in the order of the request
   * @throws {RequestValidationError} with each entry that does not exist for the caller, or the first that cannot be
   *   updated
   */
  async update(type: ContentType, items: readonly BulkChange[], caller: Caller): Promise<JsonObject[]> {
    for (const data of new Set(items.map((item) => item.data))) await hashPasswords(type, data);
    return inProducerTransaction(this.dataSource, async (manager) => {
      const rows = await this.lockAll(manager, type, items, caller);
      return mapInOrder(items, ({ id, data, path }) =>
        prefixIssuePaths(path, () =>
          this.changes.updateIn(manager, type, rows.get(id) as EntryRow, data, caller),
        ),
      );
    });
  }

  /**
   * @returns the deleted entries, in the order of the request
   * @throws {RequestValidationError} with each entry that does not exist for the caller
   */
  async remove(type: ContentType, items: readonly BulkDeletion[], caller: Caller): Promise<JsonObject[]> {
    return inProducerTransaction(this.dataSource, async (manager) => {
      const rows = await this.lockAll(manager, type, items, caller);
      return mapInOrder(items, ({ id }) =>
        this.changes.removeIn(manager, type, rows.get(id) as EntryRow, caller),
      );
    });
  }

  private async lockAll(
    manager: EntityManager,
    type: ContentType,
    items: readonly BulkDeletion[],
    caller: Caller,
  ): Promise<Map<number, EntryRow>> {
    const ids = items.map(({ id }) => id);
    const rows = new Map((await lockEntries(manager, type, ids, caller.tenant)).map((row) => [row.id, row]));
    const missing = items.filter(({ id }) => !rows.has(id));
    if (missing.length === 0) return rows;
    throw new RequestValidationError(
      missing.map(({ id, idPath }) => ({
        path: idPath,
        message: `there is no entry with the id ${id}`,
        name: 'ValidationError',
        value: id,
      })),
    );
  }
}

/** Runs the work sequentially: a transaction has one connection. */
async function mapInOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** Prefixes the paths of validation issues with the path of the entry in the request. */
async function prefixIssuePaths<T>(path: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RequestValidationError ? error.below(path) : error;
  }
}
