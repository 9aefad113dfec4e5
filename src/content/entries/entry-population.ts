import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { JsonObject } from '../../events/webhook-event.js';
import { type ContentType, isMedia, isRelation, type RelationAttribute } from '../content-type.js';
import { ContentTypes } from '../content-types.js';
import { EntryMedia } from '../entry-media.js';
import { entityOf, type EntryRow, linkEntityOf, type LinkRow } from '../tables/content-entities.js';
import { entrySummary, entryView } from './entry-view.js';

/** Whether an attribute of all the rows is known to point to nothing, so that nobody need look. */
type KnownEmpty = (name: string) => boolean;

/** Prints rows with what they point to, one level deep: a statement or two an attribute, however many rows. */
@Injectable()
export class EntryPopulation {
  constructor(
    private readonly types: ContentTypes,
    private readonly media: EntryMedia,
  ) {}

  /** @returns the entries in the order of the rows, as they are printed */
  async print(
    manager: EntityManager,
    type: ContentType,
    rows: readonly EntryRow[],
    isEmpty: KnownEmpty = () => false,
  ): Promise<JsonObject[]> {
    if (rows.length === 0) return [];
    const linked = new Map(rows.map(({ id }) => [id, new Map<string, JsonObject[]>()]));
    for (const attribute of shownRelations(type)) {
      if (isEmpty(attribute.name)) continue;
      const targets = await this.targetsOf(manager, type, attribute, rows);
      for (const [id, entries] of targets) linked.get(id)?.set(attribute.name, entries);
    }
    if (type.attributes.some((attribute) => isMedia(attribute) && !isEmpty(attribute.name))) {
      const ids = rows.map(({ id }) => id);
      for (const [id, files] of await this.media.filesOf(manager, type.uid, ids)) {
        for (const [field, list] of files) {
          linked.get(id)?.set(
            field,
            list.map(({ printed }) => printed),
          );
        }
      }
    }
    return rows.map((row) => entryView(type, row, linked.get(row.id) ?? new Map()));
  }

  /** What the rows point to by one relation, by the row's id. A target that is gone is left out. */
  private async targetsOf(
    manager: EntityManager,
    type: ContentType,
    attribute: RelationAttribute,
    rows: readonly EntryRow[],
  ): Promise<Map<number, JsonObject[]>> {
    const steps = await stepsOf(manager, type, attribute, rows);
    const ids = [...new Set(steps.map(({ target_id }) => target_id))];
    if (ids.length === 0) return new Map();
    const target = this.types.targetOf(attribute);
    const found = await manager.find<EntryRow>(entityOf(target), { where: { id: In(ids) } });
    const entries = new Map(found.map((row) => [row.id, entrySummary(target, row)]));
    const byRow = new Map<number, JsonObject[]>();
    for (const { entry_id, target_id } of steps) {
      const entry = entries.get(target_id);
      if (entry) byRow.set(entry_id, [...(byRow.get(entry_id) ?? []), entry]);
    }
    return byRow;
  }
}

function shownRelations(type: ContentType): RelationAttribute[] {
  return type.attributes.filter(isRelation).filter((attribute) => !attribute.private);
}

type Step = Pick<LinkRow, 'entry_id' | 'target_id'>;

async function stepsOf(
  manager: EntityManager,
  type: ContentType,
  attribute: RelationAttribute,
  rows: readonly EntryRow[],
): Promise<Step[]> {
  if (attribute.relation === 'manyToOne') {
    return rows.flatMap((row) => {
      const target = row[attribute.name];
      return typeof target === 'number' ? [{ entry_id: row.id, target_id: target }] : [];
    });
  }
  return manager.find<LinkRow>(linkEntityOf(type, attribute), {
    where: { entry_id: In(rows.map(({ id }) => id)) },
    order: { entry_id: 'ASC', position: 'ASC' },
  });
}
