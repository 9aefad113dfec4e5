import type { Table, TableColumn, TableIndex } from 'typeorm';

/** How {@link createTableSql} writes a table. */
export interface TableForm {
  /** Behind the parenthesis: the engine and the character set. Default: nothing. */
  ending?: string;
  /** Default: false. */
  ifNotExists?: boolean;
  /** Whether the indices stand in the statement too, which MySQL alone can read. Default: false. */
  withIndices?: boolean;
}

/** A table as a statement. */
export function createTableSql({ name, columns, indices }: Table, form: TableForm = {}): string {
  const { ending = '', ifNotExists = false, withIndices = false } = form;
  const keys = columns.filter(({ isPrimary }) => isPrimary).map((column) => column.name);
  const lines = [
    ...columns.map((column) => columnSql(column)),
    ...(keys.length > 0 ? [`PRIMARY KEY (${list(keys)})`] : []),
    ...(withIndices
      ? indices.map((index) => `${kindOf(index)} \`${index.name}\` (${list(index.columnNames)})`)
      : []),
  ];
  const start = ifNotExists ? 'CREATE TABLE IF NOT EXISTS' : 'CREATE TABLE';
  return `${start} \`${name}\` (\n${lines.map((line) => `  ${line}`).join(',\n')}\n)${ending}`;
}

/** A column as it stands in CREATE TABLE and behind ADD COLUMN. */
export function columnSql({
  name,
  type,
  length,
  charset,
  collation,
  isNullable,
  isGenerated,
  default: value,
}: TableColumn): string {
  return [
    `\`${name}\``,
    length || type === 'varchar' ? `${type}(${length || 255})` : type,
    ...(charset ? [`CHARACTER SET ${charset}`] : []),
    ...(collation ? [`COLLATE ${collation}`] : []),
    isNullable ? 'NULL' : 'NOT NULL',
    ...(isGenerated ? ['AUTO_INCREMENT'] : []),
    ...(value === undefined || value === null ? [] : [`DEFAULT ${String(value)}`]),
  ].join(' ');
}

/** An index as a statement of its own. */
export function createIndexSql(table: string, index: TableIndex): string {
  return `CREATE ${kindOf(index)} \`${index.name}\` ON \`${table}\` (${list(index.columnNames)})`;
}

function kindOf({ isUnique }: TableIndex): string {
  return isUnique ? 'UNIQUE INDEX' : 'INDEX';
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
