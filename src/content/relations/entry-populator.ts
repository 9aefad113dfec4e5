import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ContentType, EntryStatus } from '../content-type.js';
import { ContentTypes } from '../content-types.js';
import { type EntryFile, EntryMedia } from '../entry-media.js';
import { getEntityName, type EntryRow } from '../tables/content-entities.js';
import { NO_TARGETS, type PopulatedEntry } from '../serialization/populated-entry.js';
import { getSerializationPlan } from '../serialization/serialization-plan.js';
import { createRowBudget, findRowsById } from '../tables/find-rows.js';
import { readComponents, References } from './references.js';
import { TargetBudget } from './target-budget.js';
import { findLinkedTargets, type LinkedTarget, toIds } from './relation-targets.js';
import { TargetVersions } from './target-versions.js';

/** Whether an attribute can be skipped: it is known to be empty in all rows, or it is not needed. */
export type KnownEmpty = (name: string) => boolean;

/** Populates entries with what they link to, one level deep: one or two statements per attribute for all rows. */
@Injectable()
export class EntryPopulator {
  constructor(
    private readonly types: ContentTypes,
    private readonly media: EntryMedia,
  ) {}

  /**
   * Loads the targets of entries in the entries' own version: a draft shows drafts, a published entry shows published
   * entries only.
   *
   * @param status the version of the rows
   * @param isEmpty the attributes that are serialized as empty, without a query. Default: none
   * @param withVersions whether to load what Strapi 5 shows of both versions, for events
   * @returns the entries in the order of the rows
   * @throws {AmplificationError} when the targets are too much to read, or to show with every entry that has them
   */
  async populate(
    manager: EntityManager,
    type: ContentType,
    status: EntryStatus,
    rows: readonly EntryRow[],
    isEmpty: KnownEmpty = () => false,
    withVersions = false,
  ): Promise<PopulatedEntry[]> {
    const plan = getSerializationPlan(type);
    const isNeeded = ({ name }: { name: string }) => !isEmpty(name);
    const relations = plan.relations.filter(isNeeded);
    const media = plan.media.filter(isNeeded);
    const components = plan.components.filter(isNeeded);
    if (rows.length === 0 || relations.length + media.length + components.length === 0) {
      return rows.map((row) => ({ type, status, row, targets: NO_TARGETS }));
    }
    const hasVersions = withVersions && !type.draftAndPublish;
    const versions = new TargetVersions(
      (uid) => hasVersions && this.types.byUid(uid)?.draftAndPublish === true,
    );
    const references = new References(type.components, versions);
    const targets = new Map<string, ReadonlyMap<number, number[]>>();
    const linkedTo = new Map<string, Record<EntryStatus, ReadonlyMap<number, LinkedTarget[]>>>();
    for (const attribute of relations) {
      const place = this.types.placeOf(type, attribute);
      const found = await findLinkedTargets(manager, place, status, rows);
      const ids = toIds(found);
      references.requestEntries(attribute.target, [...ids.values()].flat());
      targets.set(attribute.name, ids);
      if (!versions.has(attribute)) continue;
      // A relation that its target stores is stored by each of its versions.
      const drafts = place.isOwnSide ? found : await findLinkedTargets(manager, place, 'draft', rows);
      versions.request(attribute.target, [...toIds(drafts).values()].flat());
      linkedTo.set(attribute.name, { draft: drafts, published: found });
    }
    for (const { name } of components) {
      for (const row of rows) for (const value of readComponents(row, name)) references.requestTargets(value);
    }
    const attached = media.length > 0 ? await this.findFiles(manager, type, rows, references) : new Map();
    await this.load(manager, status, references);
    const shown = relations.filter((attribute) => versions.has(attribute));
    const entries = rows.map((row) => ({
      type,
      status,
      row,
      targets: {
        ...(shown.length === 0
          ? {}
          : {
              versions: collectNonEmpty(shown, (attribute) =>
                versions.select(attribute, {
                  draft: linkedTo.get(attribute.name)?.draft.get(row.id) ?? [],
                  published: linkedTo.get(attribute.name)?.published.get(row.id) ?? [],
                }),
              ),
            }),
        entries: collectNonEmpty(relations, ({ name, target }) =>
          references.getEntries(target, targets.get(name)?.get(row.id) ?? []),
        ),
        files: collectNonEmpty(media, ({ name }) => selectFiles(row, name, attached, references)),
        components: collectNonEmpty(components, ({ name }) => references.populate(readComponents(row, name))),
      },
    }));
    const budget = new TargetBudget();
    for (const entry of entries) budget.spend(entry.targets);
    return entries;
  }

  /** {@link populate} for one row and its event. */
  async populateOne(
    manager: EntityManager,
    type: ContentType,
    status: EntryStatus,
    row: EntryRow,
    isEmpty?: KnownEmpty,
  ): Promise<PopulatedEntry> {
    const [entry] = await this.populate(manager, type, status, [row], isEmpty, true);
    return entry as PopulatedEntry;
  }

  /** Finds the files of the rows. A published version stores the ids of its files in its row. */
  private async findFiles(
    manager: EntityManager,
    type: ContentType,
    rows: readonly EntryRow[],
    references: References,
  ): Promise<AttachedFiles> {
    const drafts: number[] = [];
    for (const row of rows) {
      const published = readPublishedMedia(row);
      if (published) references.requestFiles(Object.values(published).flat());
      else drafts.push(row.id);
    }
    return drafts.length > 0 ? this.media.filesOf(manager, type.uid, drafts) : new Map();
  }

  /** Loads all requested entries and files: one statement per content type, and one for files. */
  private async load(manager: EntityManager, status: EntryStatus, references: References): Promise<void> {
    const budget = createRowBudget();
    for (const [uid, ids] of references.entryIds) {
      const target = this.types.byUid(uid);
      if (!target || ids.size === 0) continue;
      const rows = await findRowsById(manager, getEntityName(target, status), [...ids], {}, budget);
      references.addEntries(target, status, rows);
    }
    for (const [uid, ids] of references.versions.ids) {
      const target = this.types.byUid(uid);
      if (!target) continue;
      for (const version of ['draft', 'published'] as const) {
        const rows = await findRowsById(manager, getEntityName(target, version), [...ids], {}, budget);
        references.versions.add(
          target,
          rows.map((row) => ({ type: target, status: version, row })),
        );
      }
    }
    if (references.fileIds.size > 0) {
      references.addFiles(await this.media.filesById(manager, [...references.fileIds]));
    }
  }
}

type AttachedFiles = Awaited<ReturnType<EntryMedia['filesOf']>>;

/** Reads the file ids of a published version, by attribute; null: the row has none (a draft). */
export function readPublishedMedia({ published_media }: EntryRow): Record<string, number[]> | null {
  return (published_media ?? null) as Record<string, number[]> | null;
}

function selectFiles(
  row: EntryRow,
  name: string,
  attached: AttachedFiles,
  references: References,
): readonly EntryFile[] {
  const published = readPublishedMedia(row);
  return published ? references.getFiles(published[name] ?? []) : (attached.get(row.id)?.get(name) ?? []);
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
