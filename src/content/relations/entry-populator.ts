import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { JsonObject } from '../../events/json.js';
import type { ContentType, EntryStatus } from '../content-type.js';
import { ContentTypes } from '../content-types.js';
import { type EntryFile, EntryMedia } from '../entry-media.js';
import { getEntityName, type EntryRow } from '../tables/content-entities.js';
import { toEntryView } from '../serialization/entry-view.js';
import { NOTHING, type PopulatedEntry } from '../serialization/populated-entry.js';
import { getSerializationPlan } from '../serialization/serialization-plan.js';
import { readComponents, References } from './references.js';
import { findRelationTargets } from './relation-targets.js';

/** Whether an attribute of all the rows is known to point to nothing, or is not asked for: nobody need look. */
export type KnownEmpty = (name: string) => boolean;

/** Finds what rows point to, one level deep: a statement or two an attribute, however many rows. */
@Injectable()
export class EntryPopulator {
  constructor(
    private readonly types: ContentTypes,
    private readonly media: EntryMedia,
  ) {}

  /** @returns the entries in the order of the rows, as they are printed */
  async serialize(
    manager: EntityManager,
    type: ContentType,
    status: EntryStatus,
    rows: readonly EntryRow[],
  ): Promise<JsonObject[]> {
    return (await this.populate(manager, type, status, rows)).map(toEntryView);
  }

  /**
   * What entries point to is shown in the same version: a draft shows drafts, and what is published shows nothing that
   * is not.
   *
   * @param status of which version the rows are
   * @returns the entries in the order of the rows
   */
  async populate(
    manager: EntityManager,
    type: ContentType,
    status: EntryStatus,
    rows: readonly EntryRow[],
    isEmpty: KnownEmpty = () => false,
  ): Promise<PopulatedEntry[]> {
    const plan = getSerializationPlan(type);
    const isAsked = ({ name }: { name: string }) => !isEmpty(name);
    const relations = plan.relations.filter(isAsked);
    const media = plan.media.filter(isAsked);
    const components = plan.components.filter(isAsked);
    if (rows.length === 0 || relations.length + media.length + components.length === 0) {
      return rows.map((row) => ({ type, status, row, pointed: NOTHING }));
    }
    const references = new References(type.components);
    const steps = new Map<string, ReadonlyMap<number, number[]>>();
    for (const attribute of relations) {
      const found = await findRelationTargets(manager, this.types.placeOf(type, attribute), status, rows);
      references.foundEntries(this.types.targetOf(attribute), status, found.rows);
      references.wantEntries(attribute.target, [...found.ids.values()].flat());
      steps.set(attribute.name, found.ids);
    }
    for (const { name } of components) {
      for (const row of rows) for (const value of readComponents(row, name)) references.wantOf(value);
    }
    const hanging = media.length > 0 ? await this.filesOf(manager, type, rows, references) : new Map();
    await this.find(manager, status, references);
    return rows.map((row) => ({
      type,
      status,
      row,
      pointed: {
        entries: collectNonEmpty(relations, ({ name, target }) =>
          references.entriesOf(target, steps.get(name)?.get(row.id) ?? []),
        ),
        files: collectNonEmpty(media, ({ name }) => selectFiles(row, name, hanging, references)),
        components: collectNonEmpty(components, ({ name }) =>
          references.populated(readComponents(row, name)),
        ),
      },
    }));
  }

  /** {@link populate} for one row. */
  async populateOne(
    manager: EntityManager,
    type: ContentType,
    status: EntryStatus,
    row: EntryRow,
    isEmpty?: KnownEmpty,
  ): Promise<PopulatedEntry> {
    const [entry] = await this.populate(manager, type, status, [row], isEmpty);
    return entry as PopulatedEntry;
  }

  /** The files that hang at the rows; those of a published version are named by its row. */
  private async filesOf(
    manager: EntityManager,
    type: ContentType,
    rows: readonly EntryRow[],
    references: References,
  ): Promise<HangingFiles> {
    const hanging: number[] = [];
    for (const row of rows) {
      const published = readPublishedMedia(row);
      if (published) references.wantFiles(Object.values(published).flat());
      else hanging.push(row.id);
    }
    return hanging.length > 0 ? this.media.filesOf(manager, type.uid, hanging) : new Map();
  }

  private async find(manager: EntityManager, status: EntryStatus, references: References): Promise<void> {
    for (const [uid, ids] of references.entryIds) {
      const target = this.types.byUid(uid);
      if (!target || ids.size === 0) continue;
      const rows = await manager.find<EntryRow>(getEntityName(target, status), {
        where: { id: In([...ids]) },
      });
      references.foundEntries(target, status, rows);
    }
    if (references.fileIds.size > 0) {
      references.foundFiles(await this.media.filesById(manager, [...references.fileIds]));
    }
  }
}

type HangingFiles = Awaited<ReturnType<EntryMedia['filesOf']>>;

/** Ids of files by attribute; null where the row names none. */
export function readPublishedMedia({ published_media }: EntryRow): Record<string, number[]> | null {
  return (published_media ?? null) as Record<string, number[]> | null;
}

function selectFiles(
  row: EntryRow,
  name: string,
  hanging: HangingFiles,
  references: References,
): readonly EntryFile[] {
  const published = readPublishedMedia(row);
  return published ? references.filesOf(published[name] ?? []) : (hanging.get(row.id)?.get(name) ?? []);
}

function collectNonEmpty<Attribute extends { name: string }, Thing extends object>(
  attributes: readonly Attribute[],
  find: (attribute: Attribute) => readonly Thing[],
): Map<string, readonly Thing[]> {
  const found = new Map<string, readonly Thing[]>();
  for (const attribute of attributes) {
    const things = find(attribute);
    if (things.length > 0) found.set(attribute.name, things);
  }
  return found;
}
