import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JsonObject } from '../../events/webhook-event.js';
import { ownedBy, type Viewer } from '../../http/tenancy.js';
import type { ContentType } from '../content-type.js';
import type { ListQuery } from './list-query.js';
import { entityOf, type EntryRow } from '../tables/content-entities.js';
import { EntryPopulation } from './entry-population.js';
import { findEntry, mustExist } from './find-entry.js';
import { InjectDatabase } from '../../database/inject-database.js';

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
    { page, where, order }: ListQuery,
    viewer: Viewer,
  ): Promise<{ entries: JsonObject[]; total: number }> {
    const { manager } = this.dataSource;
    const [rows, total] = await manager.findAndCount<EntryRow>(entityOf(type), {
      where: { ...where, ...ownedBy(viewer) },
      order,
      skip: (page.page - 1) * page.pageSize,
      take: page.pageSize,
    });
    return { entries: await this.population.print(manager, type, rows), total };
  }

  /** @throws {NotFoundError} when there is no such entry for the viewer */
  async get(type: ContentType, id: number, viewer: Viewer): Promise<JsonObject> {
    const { manager } = this.dataSource;
    const row = mustExist(await findEntry(manager, type, id, viewer));
    const [entry] = await this.population.print(manager, type, [row]);
    return entry as JsonObject;
  }
}
