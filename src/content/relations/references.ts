import type { Attribute, ContentType, EntryStatus } from '../content-type.js';
import type { EntryFile } from '../entry-media.js';
import type { EntryRow, StoredComponent } from '../tables/content-entities.js';
import {
  NO_TARGETS,
  type LinkTargets,
  type PopulatedComponent,
  type RelatedEntry,
} from '../serialization/populated-entry.js';
import { getSerializationPlan } from '../serialization/serialization-plan.js';
import type { TargetVersions } from './target-versions.js';

type Components = ContentType['components'];

/**
 * Collects ids of linked entries and files, so that they are loaded in few statements (batch loading), and then holds
 * the loaded rows.
 */
export class References {
  /** Ids of entries that are not loaded yet, by the uid of their content type. */
  readonly entryIds = new Map<string, Set<number>>();
  readonly fileIds = new Set<number>();
  private readonly entries = new Map<string, RelatedEntry>();
  private files: ReadonlyMap<number, EntryFile> = new Map();

  constructor(
    private readonly components: Components,
    readonly versions: TargetVersions,
  ) {}

  /** Requests entries by id. */
  requestEntries(uid: string, ids: readonly number[]): void {
    this.versions.request(uid, ids);
    const pending = this.entryIds.get(uid) ?? new Set();
    for (const id of ids) if (!this.entries.has(`${uid}/${id}`)) pending.add(id);
    if (pending.size > 0) this.entryIds.set(uid, pending);
  }

  /** Requests files by id. */
  requestFiles(ids: readonly number[]): void {
    for (const id of ids) this.fileIds.add(id);
  }

  /** Requests all targets of a component and of its nested components. */
  requestTargets(value: StoredComponent): void {
    const component = this.components.get(value.__component);
    if (!component) return;
    const { relations, media, components } = getSerializationPlan(component);
    for (const { name, target } of relations) this.requestEntries(target, readIds(value, name));
    for (const { name } of media) this.requestFiles(readIds(value, name));
    for (const { name } of components)
      for (const inner of readComponents(value, name)) this.requestTargets(inner);
  }

  /** Adds loaded entries. */
  addEntries(type: ContentType, status: EntryStatus, rows: readonly EntryRow[]): void {
    for (const row of rows) {
      this.entries.set(`${type.uid}/${row.id}`, { type, status, row });
      this.entryIds.get(type.uid)?.delete(row.id);
    }
  }

  /** Sets the loaded files. */
  addFiles(files: ReadonlyMap<number, EntryFile>): void {
    this.files = files;
  }

  /** The loaded ones in the order of `ids`; missing ones are skipped. */
  getEntries(uid: string, ids: readonly number[]): RelatedEntry[] {
    return ids.flatMap((id) => this.entries.get(`${uid}/${id}`) ?? []);
  }

  /** The loaded ones in the order of `ids`; missing ones are skipped. */
  getFiles(ids: readonly number[]): EntryFile[] {
    return ids.flatMap((id) => this.files.get(id) ?? []);
  }

  /** Populates components. A component of an unknown kind is skipped. */
  populate(values: readonly StoredComponent[]): PopulatedComponent[] {
    return values.flatMap((value) => {
      const component = this.components.get(value.__component);
      return component ? [{ component, value, targets: this.populateTargets(component, value) }] : [];
    });
  }

  private populateTargets(
    component: { attributes: readonly Attribute[] },
    value: StoredComponent,
  ): LinkTargets {
    const plan = getSerializationPlan(component);
    if (plan.isPlain) return NO_TARGETS;
    const shown = plan.relations.filter((attribute) => this.versions.has(attribute));
    return {
      ...(shown.length === 0
        ? {}
        : {
            versions: new Map(
              shown.map((one) => {
                const linked = readIds(value, one.name).map((id, place) => ({ id, place }));
                return [one.name, this.versions.select(one, { draft: linked, published: linked })];
              }),
            ),
          }),
      entries: new Map(
        plan.relations.map(({ name, target }) => [name, this.getEntries(target, readIds(value, name))]),
      ),
      files: new Map(plan.media.map(({ name }) => [name, this.getFiles(readIds(value, name))])),
      components: new Map(
        plan.components.map(({ name }) => [name, this.populate(readComponents(value, name))]),
      ),
    };
  }
}

/** Reads the components of an attribute. */
export function readComponents(
  values: Readonly<Record<string, unknown>>,
  name: string,
): readonly StoredComponent[] {
  return (values[name] ?? []) as StoredComponent[];
}

/** Reads the ids in a component's relation or media attribute. */
export function readIds(value: StoredComponent, name: string): readonly number[] {
  return (value[name] ?? []) as number[];
}
