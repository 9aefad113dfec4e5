import { createHash } from 'node:crypto';
import {
  type Attribute,
  type ContentType,
  isRelation,
  type RelationAttribute,
  type EntryStatus,
} from '../content-type.js';

/** MySQL's names end here. */
const LONGEST_NAME = 64;

/** The name of an index or a table made of parts, cut where it would be too long, yet unlike any other. */
export function buildSchemaName(...parts: string[]): string {
  const name = parts.join('_');
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, LONGEST_NAME - digest.length - 1)}_${digest}`;
}

/** The versions of a content type's entries that have tables of their own. */
export function listVersions(type: ContentType): EntryStatus[] {
  return type.draftAndPublish ? ['draft', 'published'] : ['draft'];
}

/** Whether an attribute is a relation that the entry's own row keeps: the id of one other entry. */
export function isColumnRelation(attribute: Attribute): attribute is RelationAttribute {
  if (!isRelation(attribute) || attribute.mappedBy !== null) return false;
  return attribute.relation === 'manyToOne' || attribute.relation === 'oneToOne';
}

/** The relations of a content type that have a table of their own. */
export function listLinkRelations(type: ContentType): RelationAttribute[] {
  return type.attributes
    .filter(isRelation)
    .filter((attribute) => attribute.mappedBy === null && !isColumnRelation(attribute));
}

/** The table of a content type's entries. */
export function getEntryTable(type: ContentType, status: EntryStatus): string {
  return isInPublishedTable(type, status) ? `${type.collectionName}_published` : type.collectionName;
}

/** The table that says which entries an entry points to by a relation to several. */
export function getLinkTable(type: ContentType, attribute: RelationAttribute, status: EntryStatus): string {
  const parts = [type.collectionName, attribute.name.toLowerCase(), 'links'];
  return buildSchemaName(...parts, ...(isInPublishedTable(type, status) ? ['published'] : []));
}

/** All tables of a content type. */
export function listTables(type: ContentType): string[] {
  return listVersions(type).flatMap((status) => [
    getEntryTable(type, status),
    ...listLinkRelations(type).map((attribute) => getLinkTable(type, attribute, status)),
  ]);
}

/** The column of an attribute. */
export function getColumn(attribute: { type: string; name: string }): string {
  return attribute.type === 'relation' ? `${attribute.name}_id` : attribute.name;
}

/** Whether a version stands beside the entry itself. */
export function isInPublishedTable(type: ContentType, status: EntryStatus): boolean {
  return type.draftAndPublish && status === 'published';
}
