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
  listLinkRelations,
  getLinkTable,
  listVersions,
} from './table-names.js';

/**
 * An entry's row: its attributes by their names, a relation that the row keeps as the other entry's id, components as
 * a list of {@link StoredComponent}.
 */
export interface EntryRow {
  id: number;
  /** What Strapi 5 calls it by; null: an old entry, to which none was written yet. */
  document_id: string | null;
  /** Whose entry it is; null: nobody's in particular. Never printed. */
  tenant: string | null;
  /** The tenant as text, '' for none: a unique index takes no notice of rows with a null in it. */
  tenant_scope?: string;
  /** UTC epoch milliseconds. */
  created_at: number;
  /** UTC epoch milliseconds. */
  updated_at: number;
  /** UTC epoch milliseconds; of a published version alone. */
  published_at?: number;
  /** Ids of a published version's files by attribute; null: those of the draft. */
  published_media?: object | null;
  [attribute: string]: unknown;
}

/** A component as an entry's row keeps it: plain values as columns have them, ids of entries and files. */
export interface StoredComponent {
  /** Unlike any other's in the same list. */
  id: number;
  /** Its kind, in a component attribute too. */
  __component: string;
  [attribute: string]: unknown;
}

/** One step of a relation to several. */
export interface LinkRow {
  entry_id: number;
  target_id: number;
  position: number;
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

/** The name of a content type's entity. TypeORM takes a name with a dot in it for a table's. */
export function getEntityName(type: ContentType, status: EntryStatus): string {
  const name = type.singularName.replaceAll('-', '_');
  return isInPublishedTable(type, status) ? `Published_${name}` : `Entry_${name}`;
}

/** The name of the entity of a relation to several. */
export function getLinkEntityName(
  type: ContentType,
  attribute: RelationAttribute,
  status: EntryStatus,
): string {
  return `${getEntityName(type, status)}_link_${attribute.name}`;
}

/** Whether a unique index speaks of the tenant: entries have what no two of them may share, or there is but one. */
export function hasTenantScope(type: ContentType): boolean {
  return type.kind === 'singleType' || type.attributes.some((one) => isScalar(one) && one.unique);
}

/** The room's entities, for the data source. */
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
  return new EntitySchema<EntryRow>({
    name: getEntityName(type, status),
    tableName: getEntryTable(type, status),
    columns,
  });
}

/** Null for what stands in no column: media, and relations that are kept elsewhere. */
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
    },
  });
}
