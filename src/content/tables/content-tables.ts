import { type QueryRunner, Table, type TableColumn, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../../database/columns.js';
import { dialectOf } from '../../database/dialect.js';
import type { SchemaStep } from '../../database/migrate.js';
import {
  type Attribute,
  type ContentType,
  hasComponents,
  isRelation,
  isScalar,
  type EntryStatus,
  type RelationAttribute,
} from '../content-type.js';
import { hasTenantScope } from './content-entities.js';
import { ensureTable, type Filling } from './ensure-table.js';
import { publishAllEntries, publishAllLinks, writeDocumentIds } from './upgrade-old-content.js';
import {
  getColumn,
  getEntryTable,
  getPlaceColumn,
  isColumnRelation,
  isInPublishedTable,
  isListedByTarget,
  listLinkRelations,
  listPlacedColumns,
  getLinkTable,
  buildSchemaName,
  listVersions,
} from './table-names.js';

type Columns = ReturnType<typeof columnsFor>;

/**
 * Builds the schema step that creates the tables of all content types, and adds what existing tables lack: columns,
 * indexes, link tables, document ids. It drops and alters nothing, so the column of a removed attribute keeps its
 * values. When a type gains draft and publish, all its entries are published. Idempotent.
 */
export function buildContentTablesStep(types: readonly ContentType[]): SchemaStep {
  return async (runner) => {
    const column = columnsFor(dialectOf(runner));
    for (const type of types) {
      for (const status of listVersions(type)) await ensureTables(runner, type, status, column);
    }
  };
}

async function ensureTables(
  runner: QueryRunner,
  type: ContentType,
  status: EntryStatus,
  column: Columns,
): Promise<void> {
  const isApart = isInPublishedTable(type, status);
  // Link tables first: as long as the table of entries is missing, the next start creates both again.
  for (const attribute of listLinkRelations(type)) {
    const table = defineLinkTable(getLinkTable(type, attribute, status), attribute, column);
    await ensureTable(runner, table, type, isApart ? publishAllLinks(type, attribute) : undefined);
  }
  const table = defineEntryTable(type, status, column);
  const fill: Filling | undefined = isApart ? publishAllEntries(table, type) : undefined;
  const added = await ensureTable(runner, table, type, fill);
  if (added.includes('document_id')) await writeDocumentIds(runner, table.name, type.uid);
}

function defineEntryTable(type: ContentType, status: EntryStatus, column: Columns): Table {
  const name = getEntryTable(type, status);
  const isApart = isInPublishedTable(type, status);
  return new Table({
    name,
    columns: [
      isApart ? column.int('id', PRIMARY) : column.increment('id'),
      ...type.attributes.flatMap((attribute) => defineAttributeColumn(attribute, column) ?? []),
      ...listPlacedColumns(type).map((attribute) => column.int(getPlaceColumn(attribute), NULLABLE)),
      column.id('document_id', NULLABLE),
      column.varchar('tenant', 255, NULLABLE),
      ...(hasTenantScope(type) ? [column.varchar('tenant_scope', 255, { default: "''" })] : []),
      column.epochMs('created_at'),
      column.epochMs('updated_at'),
      ...(isApart ? [column.epochMs('published_at'), column.longText('published_media', NULLABLE)] : []),
    ],
    indices: [
      new TableIndex({ name: buildSchemaName(name, 'by_tenant'), columnNames: ['tenant', 'id'] }),
      new TableIndex({ name: buildSchemaName(name, 'by_document'), columnNames: ['document_id'] }),
      ...(type.kind === 'singleType'
        ? [
            new TableIndex({
              name: buildSchemaName(name, 'single'),
              columnNames: ['tenant_scope'],
              isUnique: true,
            }),
          ]
        : []),
      ...type.attributes.flatMap((attribute) => defineAttributeIndex(name, attribute) ?? []),
    ],
  });
}

/** All columns are nullable: `required` is enforced for requests, because old rows may lack the value. */
function defineAttributeColumn(attribute: Attribute, column: Columns): TableColumn | null {
  const name = getColumn(attribute);
  if (isRelation(attribute)) return isColumnRelation(attribute) ? column.int(name, NULLABLE) : null;
  if (hasComponents(attribute)) return column.longText(name, NULLABLE);
  switch (attribute.type) {
    case 'media':
      return null;
    case 'text':
    case 'richtext':
    case 'blocks':
    case 'json':
      return column.longText(name, NULLABLE);
    case 'integer':
      return column.int(name, NULLABLE);
    case 'float':
    case 'decimal':
      return column.double(name, NULLABLE);
    case 'boolean':
      return column.boolean(name, NULLABLE);
    case 'date':
      return column.varchar(name, 10, NULLABLE);
    case 'time':
      return column.varchar(name, 12, NULLABLE);
    case 'biginteger':
      return column.varchar(name, 20, NULLABLE);
    case 'datetime':
    case 'timestamp':
      return column.epochMs(name, NULLABLE);
    default:
      return column.varchar(name, 255, NULLABLE);
  }
}

function defineAttributeIndex(table: string, attribute: Attribute): TableIndex | null {
  const column = getColumn(attribute);
  const part = attribute.name.toLowerCase();
  if (isScalar(attribute) && attribute.unique) {
    return new TableIndex({
      name: buildSchemaName(table, part, 'unique'),
      columnNames: ['tenant_scope', column],
      isUnique: true,
    });
  }
  if (isColumnRelation(attribute)) {
    return isListedByTarget(attribute)
      ? new TableIndex({
          name: buildSchemaName(table, 'in', part),
          columnNames: [column, getPlaceColumn(attribute)],
        })
      : new TableIndex({ name: buildSchemaName(table, 'by', part), columnNames: [column] });
  }
  return null;
}

function defineLinkTable(name: string, attribute: RelationAttribute, column: Columns): Table {
  const isListed = isListedByTarget(attribute);
  return new Table({
    name,
    columns: [
      column.int('entry_id', PRIMARY),
      column.int('target_id', PRIMARY),
      column.int('position'),
      ...(isListed ? [column.int('target_place', NULLABLE)] : []),
    ],
    indices: [
      isListed
        ? new TableIndex({
            name: buildSchemaName(name, 'in_target'),
            columnNames: ['target_id', 'target_place'],
          })
        : new TableIndex({ name: buildSchemaName(name, 'by_target'), columnNames: ['target_id'] }),
    ],
  });
}
