import type { ContentType, RelationAttribute } from './content-type.js';
import { isRelation } from './content-type.js';

/** A relation, and the content type that has it. */
export interface Referrer {
  type: ContentType;
  attribute: RelationAttribute;
}

/** All content types of this server. */
export class ContentTypes {
  private readonly plurals: ReadonlyMap<string, ContentType>;
  private readonly uids: ReadonlyMap<string, ContentType>;

  constructor(types: readonly ContentType[]) {
    this.plurals = new Map(types.map((type) => [type.pluralName, type]));
    this.uids = new Map(types.map((type) => [type.uid, type]));
  }

  byPlural(pluralName: string): ContentType | undefined {
    return this.plurals.get(pluralName);
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

  /** Every relation that points to a content type. */
  referrersOf(type: ContentType): Referrer[] {
    return [...this.uids.values()].flatMap((one) =>
      one.attributes
        .filter(isRelation)
        .filter((attribute) => attribute.target === type.uid)
        .map((attribute) => ({ type: one, attribute })),
    );
  }
}
