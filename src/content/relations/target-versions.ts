import { type ContentType, type EntryStatus, isToMany, type RelationAttribute } from '../content-type.js';
import type { RelatedEntry } from '../serialization/populated-entry.js';
import type { LinkedTarget } from './relation-targets.js';

/**
 * Both versions of the targets of relations that lead from entries without drafts to entries with drafts. Strapi 5 links
 * such an entry to both.
 */
export class TargetVersions {
  /** Ids of entries that are not loaded yet, by the uid of their content type. */
  readonly ids = new Map<string, Set<number>>();
  private readonly loaded = new Map<string, RelatedEntry[]>();

  /** @param isShown whether entries of a content type are shown in both versions */
  constructor(private readonly isShown: (uid: string) => boolean) {}

  /** Whether a relation leads to both versions. */
  has({ target }: Pick<RelationAttribute, 'target'>): boolean {
    return this.isShown(target);
  }

  /** Requests entries by id. */
  request(uid: string, ids: readonly number[]): void {
    if (!this.isShown(uid) || ids.length === 0) return;
    const pending = this.ids.get(uid) ?? new Set();
    for (const id of ids) pending.add(id);
    this.ids.set(uid, pending);
  }

  /** Adds loaded entries; drafts are to be added first. */
  add({ uid }: ContentType, entries: readonly RelatedEntry[]): void {
    for (const entry of entries) {
      const key = `${uid}/${entry.row.id}`;
      this.loaded.set(key, [...(this.loaded.get(key) ?? []), entry]);
    }
  }

  /**
   * The versions of a relation's targets: of a single one the draft, of several the draft and the published version.
   *
   * @param linked the targets that are linked in their draft, and in their published version
   */
  select(
    attribute: RelationAttribute,
    linked: Readonly<Record<EntryStatus, readonly LinkedTarget[]>>,
  ): RelatedEntry[] {
    const places = new Map(
      (['draft', 'published'] as const).flatMap((status) =>
        linked[status].map(({ id, place }) => [`${status} ${id}`, place]),
      ),
    );
    const placeOf = ({ status, row }: RelatedEntry) => places.get(`${status} ${row.id}`);
    const ids = new Set([...linked.draft, ...linked.published].map(({ id }) => id));
    const found = [...ids]
      .flatMap((id) => this.loaded.get(`${attribute.target}/${id}`) ?? [])
      .filter((one) => placeOf(one) !== undefined)
      .toSorted((one, other) => (placeOf(one) ?? 0) - (placeOf(other) ?? 0) || one.row.id - other.row.id);
    return isToMany(attribute) ? found : found.slice(0, 1);
  }
}
