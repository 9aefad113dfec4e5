import { type QueryRunner, Table, type TableColumn, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../../database/columns.js';
import { isDuplicateKey } from '../../database/database-errors.js';
import { dialectOf } from '../../database/dialect.js';
import type { SchemaStep } from '../../database/migrate.js';
import { ContentTypeError } from '../content-type-error.js';
import { type Attribute, type ContentType, isMedia, isRelation, isScalar } from '../content-type.js';
import { hasUnique } from './content-entities.js';
import { columnOf, linkTableOf, manyToManyOf, schemaName } from './table-names.js';

type Columns = ReturnType<typeof columnsFor>;

/**
 * Gives each content type its tables, and what is missing in tables that are there: columns, indices, tables of new
 * relations. Drops and changes nothing, so a column whose attribute is gone keeps its values. May run again.
 */
export function contentTables(types: readonly ContentType[]): SchemaStep {
  return async (runner) => {
    const column = columnsFor(dialectOf(runner));
    for (const type of types) {
      await ensureTable(runner, entryTable(type, column), type);
      for (const attribute of manyToManyOf(type)) {
        await ensureTable(runner, linkTable(linkTableOf(type, attribute), column), type);
      }
    }
  };
}

function entryTable(type: ContentType, column: Columns): Table {
  const { collectionName: name } = type;
  return new Table({
    name,
    columns: [
      column.increment('id'),
      ...type.attributes.flatMap((attribute) => attributeColumn(attribute, column) ?? []),
      column.varchar('tenant', 255, NULLABLE),
      ...(hasUnique(type) ? [column.varchar('tenant_scope', 255, { default: "''" })] : []),
      column.epochMs('created_at'),
      column.epochMs('updated_at'),
    ],
    indices: [
      new TableIndex({ name: schemaName(name, 'by_tenant'), columnNames: ['tenant', 'id'] }),
      ...type.attributes.flatMap((attribute) => attributeIndex(name, attribute) ?? []),
    ],
  });
}

/** Every attribute may be null in the table: what is required is asked of requests, also where old rows lack it. */
function attributeColumn(attribute: Attribute, column: Columns): TableColumn | null {
  const name = columnOf(attribute);
  if (isMedia(attribute)) return null;
  if (isRelation(attribute)) return attribute.relation === 'manyToOne' ? column.int(name, NULLABLE) : null;
  switch (attribute.type) {
    case 'text':
    case 'json':
      return column.longText(name, NULLABLE);
    case 'integer':
      return column.int(name, NULLABLE);
    case 'decimal':
      return column.double(name, NULLABLE);
    case 'boolean':
      return column.boolean(name, NULLABLE);
    case 'date':
      return column.varchar(name, 10, NULLABLE);
    case 'datetime':
      return column.epochMs(name, NULLABLE);
    default:
      return column.varchar(name, 255, NULLABLE);
  }
}

function attributeIndex(table: string, attribute: Attribute): TableIndex | null {
  const column = columnOf(attribute);
  const part = attribute.name.toLowerCase();
  if (isScalar(attribute) && attribute.unique) {
    return new TableIndex({
      name: schemaName(table, part, 'unique'),
      columnNames: ['tenant_scope', column],
      isUnique: true,
    });
  }
  if (isRelation(attribute) && attribute.relation === 'manyToOne') {
    return new TableIndex({ name: schemaName(table, 'by', part), columnNames: [column] });
  }
  return null;
}

function linkTable(name: string, column: Columns): Table {
  return new Table({
    name,
    columns: [column.int('entry_id', PRIMARY), column.int('target_id', PRIMARY), column.int('position')],
    indices: [new TableIndex({ name: schemaName(name, 'by_target'), columnNames: ['target_id'] })],
  });
}

async function ensureTable(runner: QueryRunner, wanted: Table, type: ContentType): Promise<void> {
  const found = await runner.getTable(wanted.name);
  if (!found) {
    await runner.createTable(wanted, true);
    return;
  }
  // SQLite and MySQL alike tell columns apart without regard to case.
  const has = new Set(found.columns.map(({ name }) => name.toLowerCase()));
  const missing = wanted.columns.filter(({ name }) => !has.has(name.toLowerCase()));
  if (missing.length > 0) await runner.addColumns(wanted.name, missing);
  if (missing.some(({ name }) => name === 'tenant_scope')) {
    await runner.query(`UPDATE \`${wanted.name}\` SET \`tenant_scope\` = COALESCE(\`tenant\`, '')`);
  }
  for (const index of wanted.indices) {
    if (!found.indices.some(({ name }) => name === index.name))
      await addIndex(runner, wanted.name, index, type);
  }
}

async function addIndex(
  runner: QueryRunner,
  table: string,
  index: TableIndex,
  type: ContentType,
): Promise<void> {
  try {
    await runner.createIndex(table, index);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const attribute = index.columnNames.at(-1) ?? null;
    throw new ContentTypeError(
      type.file,
      attribute,
      `cannot become unique: entries in the table "${table}" share a value. Make them differ first.`,
      { cause: error },
    );
  }
}
