import type { Attribute, ContentType, EntryStatus } from '../content-type.js';
import type { EntryFile } from '../entry-media.js';
import type { EntryRow, StoredComponent } from '../tables/content-entities.js';
import {
  NOTHING,
  type Pointed,
  type PopulatedComponent,
  type RelatedEntry,
} from '../serialization/populated-entry.js';
import { getSerializationPlan } from '../serialization/serialization-plan.js';

type Components = ContentType['components'];

/** The entries and files that something points to: their ids first, then they themselves. */
export class References {
  /** Ids of entries by the uid of their content type. */
  readonly entryIds = new Map<string, Set<number>>();
  readonly fileIds = new Set<number>();
  private readonly entries = new Map<string, RelatedEntry>();
  private files: ReadonlyMap<number, EntryFile> = new Map();

  constructor(private readonly components: Components) {}

  wantEntries(uid: string, ids: readonly number[]): void {
    const wanted = this.entryIds.get(uid) ?? new Set();
    for (const id of ids) if (!this.entries.has(`${uid}/${id}`)) wanted.add(id);
    if (wanted.size > 0) this.entryIds.set(uid, wanted);
  }

  wantFiles(ids: readonly number[]): void {
    for (const id of ids) this.fileIds.add(id);
  }

  /** Everything that components point to, and that what is in them points to. */
  wantOf(value: StoredComponent): void {
    const component = this.components.get(value.__component);
    if (!component) return;
    const { relations, media, components } = getSerializationPlan(component);
    for (const { name, target } of relations) this.wantEntries(target, readIds(value, name));
    for (const { name } of media) this.wantFiles(readIds(value, name));
    for (const { name } of components) for (const inner of readComponents(value, name)) this.wantOf(inner);
  }

  foundEntries(type: ContentType, status: EntryStatus, rows: readonly EntryRow[]): void {
    for (const row of rows) {
      this.entries.set(`${type.uid}/${row.id}`, { type, status, row });
      this.entryIds.get(type.uid)?.delete(row.id);
    }
  }

  foundFiles(files: ReadonlyMap<number, EntryFile>): void {
    this.files = files;
  }

  /** Those that there are, in the order of their ids. */
  entriesOf(uid: string, ids: readonly number[]): RelatedEntry[] {
    return ids.flatMap((id) => this.entries.get(`${uid}/${id}`) ?? []);
  }

  /** Those that there are, in the order of their ids. */
  filesOf(ids: readonly number[]): EntryFile[] {
    return ids.flatMap((id) => this.files.get(id) ?? []);
  }

  /** Components with what they point to. One whose kind is gone from the schemas is left out. */
  populated(values: readonly StoredComponent[]): PopulatedComponent[] {
    return values.flatMap((value) => {
      const component = this.components.get(value.__component);
      return component ? [{ component, value, pointed: this.pointedOf(component, value) }] : [];
    });
  }

  private pointedOf(component: { attributes: readonly Attribute[] }, value: StoredComponent): Pointed {
    const plan = getSerializationPlan(component);
    if (plan.isPlain) return NOTHING;
    return {
      entries: new Map(
        plan.relations.map(({ name, target }) => [name, this.entriesOf(target, readIds(value, name))]),
      ),
      files: new Map(plan.media.map(({ name }) => [name, this.filesOf(readIds(value, name))])),
      components: new Map(
        plan.components.map(({ name }) => [name, this.populated(readComponents(value, name))]),
      ),
    };
  }
}

/** The components that an attribute has. */
export function readComponents(
  values: Readonly<Record<string, unknown>>,
  name: string,
): readonly StoredComponent[] {
  return (values[name] ?? []) as StoredComponent[];
}

/** The ids that a component's attribute points to. */
export function readIds(value: StoredComponent, name: string): readonly number[] {
  return (value[name] ?? []) as number[];
}
