import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JsonObject } from '../../events/json.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import type { ContentType, EntryStatus } from '../content-type.js';
import type { ListQuery } from './list-query.js';
import { entityOf, type EntryRow } from '../tables/content-entities.js';
import { EntryPopulation } from '../relations/entry-population.js';
import { findEntry, findSingle, mustExist } from '../tables/find-entry.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Reads the entries that exist for a viewer, as they are printed. */
@Injectable()
export class EntryReader {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly population: EntryPopulation,
  ) {}

  /** A page of entries, and how many there are in all. */
  async list(
    type: ContentType,
    { page, status, where, order }: ListQuery,
    viewer: Viewer,
  ): Promise<{ entries: JsonObject[]; total: number }> {
    const { manager } = this.dataSource;
    const [rows, total] = await manager.findAndCount<EntryRow>(entityOf(type, status), {
      where: { ...where, ...restrictToTenant(viewer) },
      order,
      skip: (page.page - 1) * page.pageSize,
      take: page.pageSize,
    });
    return { entries: await this.population.print(manager, type, status, rows), total };
  }

  /** @throws {NotFoundError} when there is no such entry for the viewer, or not in that version */
  async get(type: ContentType, status: EntryStatus, id: number, viewer: Viewer): Promise<JsonObject> {
    return this.printed(type, status, await findEntry(this.dataSource.manager, type, status, id, viewer));
  }

  /**
   * The one entry of a single type that a tenant has; of a viewer who is nobody's the one that is nobody's.
   *
   * @throws {NotFoundError} when there is none, or not in that version
   */
  async getSingle(type: ContentType, status: EntryStatus, viewer: Viewer): Promise<JsonObject> {
    return this.printed(type, status, await findSingle(this.dataSource.manager, type, status, viewer));
  }

  private async printed(type: ContentType, status: EntryStatus, found: EntryRow | null): Promise<JsonObject> {
    const row = mustExist(found);
    const [entry] = await this.population.print(this.dataSource.manager, type, status, [row]);
    return entry as JsonObject;
  }
}
