import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../host/clock.js';
import type { ContentType } from '../content-type.js';
import { createDocumentId } from '../document-id.js';
import { getEntityName, type EntryRow, hasTenantScope } from '../tables/content-entities.js';
import { insertRow } from '../tables/insert-row.js';
import { isColumnRelation, isInPublishedTable } from '../tables/table-names.js';
import type { EntryData } from '../validation/entry-data.js';
import { EntryLinks } from '../relations/entry-links.js';
import { readComponents } from '../relations/references.js';
import { TargetPlaces } from '../relations/target-places.js';
import { mergeComponents } from './merge-components.js';
import { reportUniqueViolations } from './unique-violations.js';

/** A row before its insert, without an id. */
type FreshRow = Record<string, unknown> &
  Pick<EntryRow, 'document_id' | 'tenant' | 'created_at' | 'updated_at'>;

/** Writes the rows and links of entries in the transaction of the change. Announces no event. */
@Injectable()
export class EntryWriter {
  constructor(
    private readonly clock: Clock,
    private readonly links: EntryLinks,
    private readonly places: TargetPlaces,
  ) {}

  /**
   * Inserts an entry.
   *
   * @throws {RequestValidationError} when it links to a missing entry or file, or a unique value is taken
   */
  async insert(
    manager: EntityManager,
    type: ContentType,
    data: EntryData,
    tenant: string | null,
  ): Promise<EntryRow> {
    const now = this.clock.now();
    const fresh: FreshRow = {
      ...buildColumns(type, data, {}),
      ...(await this.places.findPlaces(manager, type, data.links, {})),
      document_id: createDocumentId(),
      tenant,
      created_at: now,
      updated_at: now,
    };
    const values = hasTenantScope(type) ? { ...fresh, tenant_scope: tenant ?? '' } : fresh;
    const id = await reportUniqueViolations(
      manager,
      { type, status: 'draft', id: null, tenant, values },
      () => insertRow(manager, getEntityName(type, 'draft'), values),
    );
    const row: EntryRow = { ...fresh, id };
    await this.links.write(manager, type, row, data);
    return row;
  }

  /**
   * Updates the attributes in the data; the others keep their values.
   *
   * @param before the entry's row, locked for the transaction
   * @throws {RequestValidationError} as {@link insert} does
   */
  async update(
    manager: EntityManager,
    type: ContentType,
    before: EntryRow,
    data: EntryData,
  ): Promise<EntryRow> {
    const { id, tenant } = before;
    const values = {
      ...buildColumns(type, data, before),
      ...(await this.places.findPlaces(manager, type, data.links, before)),
      updated_at: this.clock.now(),
    };
    await reportUniqueViolations(manager, { type, status: 'draft', id, tenant, values }, () =>
      manager.update(getEntityName(type, 'draft'), { id }, values),
    );
    const row: EntryRow = { ...before, ...values };
    await this.links.write(manager, type, row, data);
    return row;
  }

  /** Deletes all versions of an entry; its files stay. */
  async remove(manager: EntityManager, type: ContentType, id: number): Promise<void> {
    await this.links.detach(manager, type, id);
    if (isInPublishedTable(type, 'published')) await manager.delete(getEntityName(type, 'published'), { id });
    await manager.delete(getEntityName(type, 'draft'), { id });
  }
}

/** Builds the columns of the entry's own row: scalars, components, and the ids of relations that are columns. */
function buildColumns(
  type: ContentType,
  { scalars, links, components }: EntryData,
  before: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const columns: Record<string, unknown> = Object.fromEntries(scalars);
  for (const [name, given] of components) {
    columns[name] = mergeComponents(readComponents(before, name), given);
  }
  if (links.size === 0) return columns;
  for (const attribute of type.attributes) {
    const ids = links.get(attribute.name);
    if (ids && isColumnRelation(attribute)) columns[attribute.name] = ids[0] ?? null;
  }
  return columns;
}
