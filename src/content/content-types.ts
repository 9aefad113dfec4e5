import { type ContentType, isRelation, type RelationAttribute } from './content-type.js';

/** Where a relation is stored. One side (the owner) stores it; both sides can show it. */
export interface RelationPlace {
  /** The content type whose tables store the relation. */
  owner: ContentType;
  /** The owner's attribute. */
  attribute: RelationAttribute;
  /** Whether the relation is seen from its owner's side; false: from the target's side. */
  isOwnSide: boolean;
}

/** A relation with the content type that stores it. */
export interface Referrer {
  type: ContentType;
  attribute: RelationAttribute;
}

/** The registry of this server's content types. */
export class ContentTypes {
  private readonly routes: ReadonlyMap<string, ContentType>;
  private readonly uids: ReadonlyMap<string, ContentType>;
  private readonly referrers = new Map<ContentType, Referrer[]>();

  constructor(types: readonly ContentType[]) {
    this.routes = new Map(types.map((type) => [getRouteName(type), type]));
    this.uids = new Map(types.map((type) => [type.uid, type]));
  }

  /** Finds a content type by its name under `/api`. */
  byRoute(name: string): ContentType | undefined {
    return this.routes.get(name);
  }

  /** Finds a content type by its uid. */
  byUid(uid: string): ContentType | undefined {
    return this.uids.get(uid);
  }

  /** The content type that a relation points to; the loader has checked that it exists. */
  targetOf(attribute: RelationAttribute): ContentType {
    const target = this.byUid(attribute.target);
    if (!target)
      throw new Error(`The relation "${attribute.name}" points to the unknown ${attribute.target}.`);
    return target;
  }

  /** Where a content type's relation is stored; the loader has checked that both sides agree. */
  placeOf(type: ContentType, attribute: RelationAttribute): RelationPlace {
    if (attribute.mappedBy === null) return { owner: type, attribute, isOwnSide: true };
    const owner = this.targetOf(attribute);
    const stored = owner.attributes.filter(isRelation).find(({ name }) => name === attribute.mappedBy);
    if (!stored) throw new Error(`${owner.uid} has no relation "${attribute.mappedBy}".`);
    return { owner, attribute: stored, isOwnSide: false };
  }

  /** The relations that point to a content type and are stored by their owner. */
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

/** Returns the name under `/api`: the plural name of a collection type, the singular name of a single type. */
export function getRouteName({ kind, singularName, pluralName }: ContentType): string {
  return kind === 'singleType' ? singularName : pluralName;
}
