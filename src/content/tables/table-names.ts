import { createHash } from 'node:crypto';
import { type ContentType, isRelation, type RelationAttribute } from '../content-type.js';

/** MySQL's names end here. */
const LONGEST_NAME = 64;

/** The name of an index or a table made of parts, cut where it would be too long, yet unlike any other. */
export function schemaName(...parts: string[]): string {
  const name = parts.join('_');
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, LONGEST_NAME - digest.length - 1)}_${digest}`;
}

/** The relations of a content type that have a table of their own. */
export function manyToManyOf(type: ContentType): RelationAttribute[] {
  return type.attributes.filter(isRelation).filter(({ relation }) => relation === 'manyToMany');
}

/** The table that says which entries an entry points to by a manyToMany relation. */
export function linkTableOf(type: ContentType, attribute: RelationAttribute): string {
  return schemaName(type.collectionName, attribute.name.toLowerCase(), 'links');
}

/** All tables of a content type. */
export function tablesOf(type: ContentType): string[] {
  return [type.collectionName, ...manyToManyOf(type).map((attribute) => linkTableOf(type, attribute))];
}

/** The column of an attribute. */
export function columnOf(attribute: { type: string; name: string }): string {
  return attribute.type === 'relation' ? `${attribute.name}_id` : attribute.name;
}
