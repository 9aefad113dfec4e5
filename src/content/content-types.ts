import type { ContentType, RelationAttribute } from './content-type.js';
import { isRelation } from './content-type.js';

/** Where a relation is kept, which both of its sides show. */
export interface RelationPlace {
  /** The content type whose tables keep it. */
  owner: ContentType;
  /** Its attribute. */
  attribute: RelationAttribute;
  /** Whether it is asked for from its owner's side, or from the side that it points to. */
  isOwnSide: boolean;
}

/** A relation, and the content type that keeps it. */
export interface Referrer {
  type: ContentType;
  attribute: RelationAttribute;
}

/** All content types of this server. */
export class ContentTypes {
  private readonly routes: ReadonlyMap<string, ContentType>;
  private readonly uids: ReadonlyMap<string, ContentType>;
  private readonly referrers = new Map<ContentType, Referrer[]>();

  constructor(types: readonly ContentType[]) {
    this.routes = new Map(types.map((type) => [getRouteName(type), type]));
    this.uids = new Map(types.map((type) => [type.uid, type]));
  }

  /** By the name under `/api`. */
  byRoute(name: string): ContentType | undefined {
    return this.routes.get(name);
  }

  byUid(uid: string): ContentType | undefined {
    return this.uids.get(uid);
  }

  /** Where a relation points to; the loader has seen to it that it exists. */
  targetOf(attribute: RelationAttribute): ContentType {
    const target = this.byUid(attribute.target);
    if (!target)
      throw new Error(`The relation "${attribute.name}" points to the unknown ${attribute.target}.`);
    return target;
  }

  /** Where a content type's relation is kept; the loader has seen to it that both sides agree. */
  placeOf(type: ContentType, attribute: RelationAttribute): RelationPlace {
    if (attribute.mappedBy === null) return { owner: type, attribute, isOwnSide: true };
    const owner = this.targetOf(attribute);
    const kept = owner.attributes.filter(isRelation).find(({ name }) => name === attribute.mappedBy);
    if (!kept) throw new Error(`${owner.uid} has no relation "${attribute.mappedBy}".`);
    return { owner, attribute: kept, isOwnSide: false };
  }

  /** Every relation that is kept elsewhere and points to a content type. */
  referrersOf(type: ContentType): Referrer[] {
    const known = this.referrers.get(type);
    if (known) return known;
    const found = [...this.uids.values()].flatMap((one) =>
      one.attributes
        .filter(isRelation)
        .filter(({ target, mappedBy }) => target === type.uid && mappedBy === null)
        .map((attribute) => ({ type: one, attribute })),
    );
    this.referrers.set(type, found);
    return found;
  }
}

/** The name under `/api`: entries are under the plural name, the entry of a single type under the singular one. */
export function getRouteName({ kind, singularName, pluralName }: ContentType): string {
  return kind === 'singleType' ? singularName : pluralName;
}
