import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';
import {
  type Attribute,
  type ContentType,
  hasComponents,
  isRelation,
  isScalar,
  type RelationAttribute,
  type ScalarType,
  type EntryStatus,
} from '../content-type.js';
import { SORTABLE_INTEGER } from './sortable-integer.js';
import {
  getColumn,
  getEntryTable,
  isColumnRelation,
  isInPublishedTable,
  getPlaceColumn,
  isListedByTarget,
  listLinkRelations,
  listPlacedColumns,
  getLinkTable,
  listVersions,
} from './table-names.js';

/**
 * An entry's row: attributes by name, a relation that is a column as the target's id, components as a list of
 * {@link StoredComponent}.
 */
export interface EntryRow {
  id: number;
  /** Strapi 5's id of the entry; null: an old entry that the upgrade has not reached yet. */
  document_id: string | null;
  /** The entry's tenant; null: none. Never serialized. */
  tenant: string | null;
  /** The tenant as text, '' for none: unique indexes ignore rows with a null. */
  tenant_scope?: string;
  /** UTC epoch milliseconds. */
  created_at: number;
  /** UTC epoch milliseconds. */
  updated_at: number;
  /** UTC epoch milliseconds; published versions only. */
  published_at?: number;
  /** The file ids of a published version by attribute; null: the draft's files. */
  published_media?: object | null;
  [attribute: string]: unknown;
}

/** A component in an entry's row: scalars in stored form, ids of entries and files. */
export interface StoredComponent {
  /** Unique in its list. */
  id: number;
  /** The uid of its kind, also outside dynamic zones. */
  __component: string;
  [attribute: string]: unknown;
}

/** One link of a relation in a link table. */
export interface LinkRow {
  entry_id: number;
  target_id: number;
  /** The target's place in the entry's list. */
  position: number;
  /**
   * The entry's place in the target's list, where the target lists it. Places may be equal: then ids decide. Null: it
   * was linked by an earlier version of this program, and comes first.
   */
  target_place?: number | null;
}

const VARCHAR: EntitySchemaColumnOptions = { type: 'varchar', length: 255 };
const JSON_COLUMN: EntitySchemaColumnOptions = { type: 'text', transformer: JSON_TEXT };
const EPOCH_COLUMN: EntitySchemaColumnOptions = { type: 'bigint', transformer: EPOCH_MS };

const COLUMNS: Record<ScalarType, EntitySchemaColumnOptions> = {
  string: VARCHAR,
  email: VARCHAR,
  uid: VARCHAR,
  enumeration: VARCHAR,
  password: VARCHAR,
  text: { type: 'text' },
  richtext: { type: 'text' },
  blocks: JSON_COLUMN,
  integer: { type: 'int' },
  biginteger: { type: 'varchar', length: 20, transformer: SORTABLE_INTEGER },
  float: { type: 'double' },
  decimal: { type: 'double' },
  boolean: { type: 'boolean' },
  date: { type: 'varchar', length: 10 },
  time: { type: 'varchar', length: 12 },
  datetime: EPOCH_COLUMN,
  timestamp: EPOCH_COLUMN,
  json: JSON_COLUMN,
};

/**
 * Returns the name of a content type's entity. It has no dot, because TypeORM takes a name with a dot for a table's.
 */
export function getEntityName(type: ContentType, status: EntryStatus): string {
  const name = type.singularName.replaceAll('-', '_');
  return isInPublishedTable(type, status) ? `Published_${name}` : `Entry_${name}`;
}

/** Returns the name of the entity of a relation with a link table. */
export function getLinkEntityName(
  type: ContentType,
  attribute: RelationAttribute,
  status: EntryStatus,
): string {
  return `${getEntityName(type, status)}_link_${attribute.name}`;
}

/** Whether the table needs `tenant_scope` for a unique index: it has unique attributes or is a single type. */
export function hasTenantScope(type: ContentType): boolean {
  return type.kind === 'singleType' || type.attributes.some((one) => isScalar(one) && one.unique);
}

/** The entities of all content types, for the data source. */
export function contentEntities(types: readonly ContentType[]): EntitySchema[] {
  return types.flatMap((type) =>
    listVersions(type).flatMap((status) => [
      defineEntryEntity(type, status) as EntitySchema,
      ...listLinkRelations(type).map(
        (attribute) => defineLinkEntity(type, attribute, status) as EntitySchema,
      ),
    ]),
  );
}

function defineEntryEntity(type: ContentType, status: EntryStatus): EntitySchema<EntryRow> {
  const isApart = isInPublishedTable(type, status);
  const columns: Record<string, EntitySchemaColumnOptions> = {
    id: { type: 'int', primary: true, ...(isApart ? {} : { generated: 'increment' }) },
    document_id: { type: 'varchar', length: 64, nullable: true },
    tenant: { ...VARCHAR, nullable: true },
    created_at: EPOCH_COLUMN,
    updated_at: EPOCH_COLUMN,
  };
  if (isApart) {
    columns['published_at'] = EPOCH_COLUMN;
    columns['published_media'] = { ...JSON_COLUMN, nullable: true };
  }
  if (hasTenantScope(type)) columns['tenant_scope'] = { ...VARCHAR, select: false };
  for (const attribute of type.attributes) {
    const column = toColumnOptions(attribute);
    if (column) columns[attribute.name] = { ...column, name: getColumn(attribute), nullable: true };
  }
  for (const attribute of listPlacedColumns(type)) {
    columns[getPlaceColumn(attribute)] = { type: 'int', nullable: true };
  }
  return new EntitySchema<EntryRow>({
    name: getEntityName(type, status),
    tableName: getEntryTable(type, status),
    columns,
  });
}

/** Returns null for attributes without a column: media, and relations stored elsewhere. */
function toColumnOptions(attribute: Attribute): EntitySchemaColumnOptions | null {
  if (isScalar(attribute)) return COLUMNS[attribute.type];
  if (hasComponents(attribute)) return JSON_COLUMN;
  return isRelation(attribute) && isColumnRelation(attribute) ? { type: 'int' } : null;
}

function defineLinkEntity(
  type: ContentType,
  attribute: RelationAttribute,
  status: EntryStatus,
): EntitySchema<LinkRow> {
  return new EntitySchema<LinkRow>({
    name: getLinkEntityName(type, attribute, status),
    tableName: getLinkTable(type, attribute, status),
    columns: {
      entry_id: { type: 'int', primary: true },
      target_id: { type: 'int', primary: true },
      position: { type: 'int' },
      ...(isListedByTarget(attribute) ? { target_place: { type: 'int', nullable: true } } : {}),
    },
  });
}
