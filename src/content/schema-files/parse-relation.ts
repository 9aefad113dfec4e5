import { RELATION_KINDS, type RelationAttribute, type RelationKind } from '../content-type.js';
import type { AttributePlace, SchemaObject } from './schema-object.js';

const CONTENT_TYPE_UID = /^api::[a-z0-9][a-z0-9-]*\.[a-z][a-z0-9-]*$/;

/** Uids of Strapi's own users and of plugins, which do not exist here. */
const FOREIGN_UID = /^(admin|plugin|strapi)::/;

/** Strapi's relations to entries of several content types. */
const MORPH_RELATION = /^morph(One|Many|ToOne|ToMany)$/;

/**
 * Parses a relation.
 *
 * @returns null for a relation to Strapi's own users, to a plugin or to several content types
 */
export function parseRelation(
  named: Pick<RelationAttribute, 'name' | 'required' | 'private'>,
  source: SchemaObject,
  { refuse, note, isInComponent }: AttributePlace,
): RelationAttribute | null {
  const { relation: kind, target } = source;
  if (typeof kind === 'string' && MORPH_RELATION.test(kind)) {
    note('left-out', `a relation to several content types (${kind}) is not supported`);
    return null;
  }
  if (!RELATION_KINDS.includes(kind as RelationKind)) {
    return refuse(`"relation" is ${JSON.stringify(kind)}; it can be ${RELATION_KINDS.join(', ')}.`);
  }
  if (typeof target === 'string' && FOREIGN_UID.test(target)) {
    note('left-out', `its target ${target} is Strapi's own or a plugin's, which does not exist here`);
    return null;
  }
  if (typeof target !== 'string' || !CONTENT_TYPE_UID.test(target)) {
    return refuse('"target" must be the uid of a content type: api::category.category.');
  }
  const otherSide = (key: 'inversedBy' | 'mappedBy'): string | null => {
    const name = source[key] ?? null;
    return name === null || typeof name === 'string'
      ? name
      : refuse(`"${key}" must be the name of an attribute of ${target}.`);
  };
  const inversedBy = otherSide('inversedBy');
  const mappedBy = otherSide('mappedBy');
  if (isInComponent && (inversedBy ?? mappedBy) !== null) {
    refuse('a relation of a component has no other side: leave "inversedBy" and "mappedBy" out.');
  }
  if (inversedBy !== null && mappedBy !== null) {
    refuse('has both "inversedBy" and "mappedBy"; the side that keeps the relation has "inversedBy".');
  }
  if (kind === 'oneToMany' && inversedBy !== null) {
    refuse('is oneToMany, which the other side keeps: it has "mappedBy" or nothing, not "inversedBy".');
  }
  if (kind === 'manyToOne' && mappedBy !== null) {
    refuse('is manyToOne, which this side keeps: it has "inversedBy" or nothing, not "mappedBy".');
  }
  return { ...named, type: 'relation', relation: kind as RelationKind, target, inversedBy, mappedBy };
}
