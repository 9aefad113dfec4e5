import { createHash } from 'node:crypto';
import {
  type Attribute,
  type ContentType,
  isRelation,
  type RelationAttribute,
  type EntryStatus,
} from '../content-type.js';

/** The greatest length of a name in MySQL, characters. */
const LONGEST_NAME = 64;

/** Joins parts to the name of an index or a table; a name that is too long is cut and ends in a digest (unique). */
export function buildSchemaName(...parts: string[]): string {
  const name = parts.join('_');
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, LONGEST_NAME - digest.length - 1)}_${digest}`;
}

/** Lists the versions of entries that have their own table. */
export function listVersions(type: ContentType): EntryStatus[] {
  return type.draftAndPublish ? ['draft', 'published'] : ['draft'];
}

/** Whether an attribute is a relation that is a column of the entry's row: the id of one target. */
export function isColumnRelation(attribute: Attribute): attribute is RelationAttribute {
  if (!isRelation(attribute) || attribute.mappedBy !== null) return false;
  return attribute.relation === 'manyToOne' || attribute.relation === 'oneToOne';
}

/** Whether the targets of a relation list the entries that link to them, in the order in which they were linked. */
export function isListedByTarget({ relation, inversedBy }: RelationAttribute): boolean {
  return inversedBy !== null && (relation === 'manyToOne' || relation === 'manyToMany');
}

/**
 * The column, and the key of a row, that has the entry's place in its target's list. No attribute has such a name.
 *
 * @param attribute a relation that is a column, and is listed by its target
 */
export function getPlaceColumn({ name }: RelationAttribute): string {
  return `${name}$place`;
}

/** Lists the relations that are columns of a content type's rows and have a place in their target's list. */
export function listPlacedColumns(type: ContentType): RelationAttribute[] {
  return type.attributes.filter(isColumnRelation).filter(isListedByTarget);
}

/** Lists the relations of a content type that have a link table. */
export function listLinkRelations(type: ContentType): RelationAttribute[] {
  return type.attributes
    .filter(isRelation)
    .filter((attribute) => attribute.mappedBy === null && !isColumnRelation(attribute));
}

/** Returns the table of a content type's entries. */
export function getEntryTable(type: ContentType, status: EntryStatus): string {
  return isInPublishedTable(type, status) ? `${type.collectionName}_published` : type.collectionName;
}

/** Returns the link table of a relation. */
export function getLinkTable(type: ContentType, attribute: RelationAttribute, status: EntryStatus): string {
  const parts = [type.collectionName, attribute.name.toLowerCase(), 'links'];
  return buildSchemaName(...parts, ...(isInPublishedTable(type, status) ? ['published'] : []));
}

/** Lists all tables of a content type. */
export function listTables(type: ContentType): string[] {
  return listVersions(type).flatMap((status) => [
    getEntryTable(type, status),
    ...listLinkRelations(type).map((attribute) => getLinkTable(type, attribute, status)),
  ]);
}

/** Returns the column of an attribute. */
export function getColumn(attribute: { type: string; name: string }): string {
  return attribute.type === 'relation' ? `${attribute.name}_id` : attribute.name;
}

/** Whether a version is stored in a separate table of published versions. */
export function isInPublishedTable(type: ContentType, status: EntryStatus): boolean {
  return type.draftAndPublish && status === 'published';
}
