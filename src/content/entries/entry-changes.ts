import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource, type EntityManager } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { inReadCommitted } from '../../database/read-committed.js';
import { announce } from '../../events/announce.js';
import { type EntryChange, EntryCreated, EntryDeleted, EntryUpdated } from '../../events/entry-events.js';
import type { JsonObject } from '../../events/webhook-event.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { Viewer } from '../../http/tenancy.js';
import { Clock } from '../../time/clock.js';
import { type ContentType, isRelation } from '../content-type.js';
import { entityOf, type EntryRow, hasUnique } from '../tables/content-entities.js';
import type { EntryData } from '../validation/checked-data.js';
import { EntryLinks } from './entry-links.js';
import { EntryPopulation } from './entry-population.js';
import { lockEntry, mustExist } from './find-entry.js';
import { uniqueClashes } from './unique-clashes.js';
import { InjectDatabase } from '../../database/inject-database.js';
import { InjectEmitter } from '../../events/inject-emitter.js';

/** A row that has no id yet. */
type FreshRow = Record<string, unknown> & Pick<EntryRow, 'tenant' | 'created_at' | 'updated_at'>;

/**
 * Makes, changes and deletes entries. Each change, its event and what it links are one transaction; one that met a
 * deadlock is made anew.
 */
@Injectable()
export class EntryChanges {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @InjectEmitter() private readonly emitter: EventEmitter2,
    private readonly clock: Clock,
    private readonly links: EntryLinks,
    private readonly population: EntryPopulation,
  ) {}

  /**
   * Makes an entry, the viewer's tenant's.
   *
   * @returns the entry as it is printed and as its event tells it
   * @throws {RequestValidationError} when it points to what is not there, or a unique value is taken
   */
  async create(type: ContentType, data: EntryData, viewer: Viewer): Promise<JsonObject> {
    return this.change(async (manager) => {
      const now = this.clock.now();
      const fresh: FreshRow = { ...columnsOf(type, data), tenant: viewer, created_at: now, updated_at: now };
      const row = await this.insert(manager, type, data, fresh);
      await this.links.write(manager, type, row, data);
      // What the request does not fill is empty: nothing need be read for it.
      const isEmpty = (name: string) => (data.links.get(name) ?? []).length === 0;
      const entry = await this.print(manager, type, row, isEmpty);
      await announce(this.emitter, new EntryCreated(changeOf(type, row, entry), manager));
      return entry;
    });
  }

  /**
   * Changes what the data has of an entry; the rest is kept.
   *
   * @throws {NotFoundError} when there is no such entry for the viewer
   * @throws {RequestValidationError} as {@link create} does
   */
  async update(type: ContentType, id: number, data: EntryData, viewer: Viewer): Promise<JsonObject> {
    return this.change(async (manager) => {
      const before = mustExist(await lockEntry(manager, type, id, viewer));
      const values = { ...columnsOf(type, data), updated_at: this.clock.now() };
      await this.refusingTaken(manager, type, data, before, () =>
        manager.update(entityOf(type), { id }, values),
      );
      const row: EntryRow = { ...before, ...values };
      await this.links.write(manager, type, row, data);
      const entry = await this.print(manager, type, row);
      await announce(this.emitter, new EntryUpdated(changeOf(type, row, entry), manager));
      return entry;
    });
  }

  /**
   * Deletes an entry; its files stay.
   *
   * @returns the entry as it stood
   * @throws {NotFoundError} when there is no such entry for the viewer
   */
  async remove(type: ContentType, id: number, viewer: Viewer): Promise<JsonObject> {
    return this.change(async (manager) => {
      const row = mustExist(await lockEntry(manager, type, id, viewer));
      const entry = await this.print(manager, type, row);
      await this.links.release(manager, type, id);
      await manager.delete(entityOf(type), { id });
      await announce(this.emitter, new EntryDeleted(changeOf(type, row, entry), manager));
      return entry;
    });
  }

  private async change<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inReadCommitted(this.dataSource, work);
  }

  private async insert(
    manager: EntityManager,
    type: ContentType,
    data: EntryData,
    fresh: FreshRow,
  ): Promise<EntryRow> {
    const values = hasUnique(type) ? { ...fresh, tenant_scope: fresh.tenant ?? '' } : fresh;
    const { identifiers } = await this.refusingTaken(
      manager,
      type,
      data,
      { id: null, tenant: fresh.tenant },
      () => manager.insert(entityOf(type), values),
    );
    return { ...fresh, id: identifiers[0]?.['id'] as number };
  }

  private async refusingTaken<T>(
    manager: EntityManager,
    type: ContentType,
    data: EntryData,
    entry: { id: number | null; tenant: string | null },
    write: () => Promise<T>,
  ): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const issues = await uniqueClashes(manager, type, data, entry.tenant, entry.id);
      throw issues.length > 0 ? new RequestValidationError(issues) : error;
    }
  }

  private async print(
    manager: EntityManager,
    type: ContentType,
    row: EntryRow,
    isEmpty?: (name: string) => boolean,
  ): Promise<JsonObject> {
    const [entry] = await this.population.print(manager, type, [row], isEmpty);
    return entry as JsonObject;
  }
}

/** What stands in the entry's own row: its plain values, and the ids of manyToOne relations. */
function columnsOf(type: ContentType, { scalars, links }: EntryData): Record<string, unknown> {
  const columns: Record<string, unknown> = Object.fromEntries(scalars);
  for (const attribute of type.attributes.filter(isRelation)) {
    const ids = links.get(attribute.name);
    if (ids && attribute.relation === 'manyToOne') columns[attribute.name] = ids[0] ?? null;
  }
  return columns;
}

function changeOf(type: ContentType, row: EntryRow, entry: JsonObject): EntryChange {
  return { model: type.singularName, uid: type.uid, id: row.id, entry, tenant: row.tenant };
}
