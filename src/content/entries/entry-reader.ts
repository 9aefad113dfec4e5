import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JsonObject } from '../../events/json.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import type { ContentType, EntryStatus } from '../content-type.js';
import { type EntrySelection, isUnselected, selectFromEntry, WHOLE_ENTRY } from './entry-selection.js';
import type { ListQuery } from './list-query.js';
import { getEntityName, type EntryRow } from '../tables/content-entities.js';
import { EntryPopulator } from '../relations/entry-populator.js';
import { EntryAnswers } from '../serialization/entry-answers.js';
import { createRowBudget } from '../tables/find-rows.js';
import { findEntry, findSingle, requireEntry } from '../tables/find-entry.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Reads and serializes the entries that exist for a viewer. */
@Injectable()
export class EntryReader {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly populator: EntryPopulator,
    private readonly answers: EntryAnswers,
  ) {}

  /**
   * Returns a page of entries, and the total number.
   *
   * @throws {AmplificationError} when the entries, or those that they link to, are too much to show at once
   */
  async list(
    type: ContentType,
    { page, status, where, order }: ListQuery,
    viewer: Viewer,
    selection: EntrySelection = WHOLE_ENTRY,
  ): Promise<{ entries: JsonObject[]; total: number }> {
    const { manager } = this.dataSource;
    const [rows, total] = await manager.findAndCount<EntryRow>(getEntityName(type, status), {
      where: { ...where, ...restrictToTenant(viewer) },
      order,
      skip: (page.page - 1) * page.pageSize,
      take: page.pageSize,
    });
    createRowBudget().spend(...rows);
    return { entries: await this.serialize(type, status, rows, selection), total };
  }

  /** @throws {NotFoundError} when the entry does not exist for the viewer, or not in that version */
  async get(
    type: ContentType,
    status: EntryStatus,
    id: number,
    viewer: Viewer,
    selection: EntrySelection = WHOLE_ENTRY,
  ): Promise<JsonObject> {
    const found = await findEntry(this.dataSource.manager, type, status, id, viewer);
    return this.serializeOne(type, status, found, selection);
  }

  /**
   * Returns the entry of a single type of the viewer's tenant; a viewer without a tenant gets the one without a tenant.
   *
   * @throws {NotFoundError} when it does not exist, or not in that version
   */
  async getSingle(
    type: ContentType,
    status: EntryStatus,
    viewer: Viewer,
    selection: EntrySelection = WHOLE_ENTRY,
  ): Promise<JsonObject> {
    const found = await findSingle(this.dataSource.manager, type, status, viewer);
    return this.serializeOne(type, status, found, selection);
  }

  private async serializeOne(
    type: ContentType,
    status: EntryStatus,
    found: EntryRow | null,
    selection: EntrySelection,
  ): Promise<JsonObject> {
    const [entry] = await this.serialize(type, status, [requireEntry(found)], selection);
    return entry as JsonObject;
  }

  private async serialize(
    type: ContentType,
    status: EntryStatus,
    rows: readonly EntryRow[],
    selection: EntrySelection,
  ): Promise<JsonObject[]> {
    const { manager } = this.dataSource;
    const isSkipped = (name: string) => isUnselected(selection, name);
    const entries = await this.populator.populate(manager, type, status, rows, isSkipped);
    return entries.map((entry) => selectFromEntry(this.answers.print(entry), type, selection));
  }
}
