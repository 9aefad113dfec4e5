import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import { EPOCH_MS } from '../../database/epoch-ms.js';
import { JSON_TEXT } from '../../database/json-text.js';
import {
  type Attribute,
  type ContentType,
  isMedia,
  isRelation,
  type RelationAttribute,
  type ScalarType,
} from '../content-type.js';
import { columnOf, linkTableOf, manyToManyOf } from './table-names.js';

/** An entry's row: its attributes by their names, a manyToOne relation as the other entry's id. */
export interface EntryRow {
  id: number;
  /** Whose entry it is; null: nobody's in particular. Never printed. */
  tenant: string | null;
  /** The tenant as text, '' for none: a unique index takes no notice of rows with a null in it. */
  tenant_scope?: string;
  /** UTC epoch milliseconds. */
  created_at: number;
  /** UTC epoch milliseconds. */
  updated_at: number;
  [attribute: string]: unknown;
}

/** One step of a manyToMany relation. */
export interface LinkRow {
  entry_id: number;
  target_id: number;
  position: number;
}

const COLUMNS: Record<ScalarType, EntitySchemaColumnOptions> = {
  string: { type: 'varchar', length: 255 },
  email: { type: 'varchar', length: 255 },
  uid: { type: 'varchar', length: 255 },
  enumeration: { type: 'varchar', length: 255 },
  text: { type: 'text' },
  integer: { type: 'int' },
  decimal: { type: 'double' },
  boolean: { type: 'boolean' },
  date: { type: 'varchar', length: 10 },
  datetime: { type: 'bigint', transformer: EPOCH_MS },
  json: { type: 'text', transformer: JSON_TEXT },
};

/** The name of a content type's entity. TypeORM takes a name with a dot in it for a table's. */
export function entityOf(type: ContentType): string {
  return `Entry_${type.singularName.replaceAll('-', '_')}`;
}

/** The name of the entity of a manyToMany relation. */
export function linkEntityOf(type: ContentType, attribute: RelationAttribute): string {
  return `${entityOf(type)}_${attribute.name}_link`;
}

/** Whether entries of a type have something that no two of them may share. */
export function hasUnique(type: ContentType): boolean {
  return type.attributes.some((attribute) => 'unique' in attribute && attribute.unique);
}

/** The room's entities, for the data source. */
export function contentEntities(types: readonly ContentType[]): EntitySchema[] {
  return types.flatMap((type) => [
    entrySchema(type) as EntitySchema,
    ...manyToManyOf(type).map((attribute) => linkSchema(type, attribute) as EntitySchema),
  ]);
}

function entrySchema(type: ContentType): EntitySchema<EntryRow> {
  const columns: Record<string, EntitySchemaColumnOptions> = {
    id: { type: 'int', primary: true, generated: 'increment' },
    tenant: { type: 'varchar', length: 255, nullable: true },
    created_at: { type: 'bigint', transformer: EPOCH_MS },
    updated_at: { type: 'bigint', transformer: EPOCH_MS },
  };
  if (hasUnique(type)) columns['tenant_scope'] = { type: 'varchar', length: 255, select: false };
  for (const attribute of type.attributes) {
    const column = columnOptions(attribute);
    if (column) columns[attribute.name] = { ...column, name: columnOf(attribute), nullable: true };
  }
  return new EntitySchema<EntryRow>({ name: entityOf(type), tableName: type.collectionName, columns });
}

/** Null for what stands in no column: media, and relations to several. */
function columnOptions(attribute: Attribute): EntitySchemaColumnOptions | null {
  if (isMedia(attribute)) return null;
  if (isRelation(attribute)) return attribute.relation === 'manyToOne' ? { type: 'int' } : null;
  return COLUMNS[attribute.type];
}

function linkSchema(type: ContentType, attribute: RelationAttribute): EntitySchema<LinkRow> {
  return new EntitySchema<LinkRow>({
    name: linkEntityOf(type, attribute),
    tableName: linkTableOf(type, attribute),
    columns: {
      entry_id: { type: 'int', primary: true },
      target_id: { type: 'int', primary: true },
      position: { type: 'int' },
    },
  });
}
