import type { QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';
import type { Dialect } from '../dialect.js';
import { migrationsFor, migrationsTableFor } from './all-migrations.js';

/** A migration asks for what can only be done to a database that is there. */
class NotOnPaperError extends Error {
  override readonly name = 'NotOnPaperError';
}

/**
 * Every migration as SQL for an empty database: what they come to together, a statement an item, and the note that they
 * were run, so that the module finds nothing pending.
 *
 * @param prefix as for `migrationsFor`
 */
export async function migrationsAsSql(dialect: Dialect, prefix: string): Promise<string[]> {
  const paper = new PaperDatabase(dialect);
  const migrations = migrationsFor(prefix).map((Migration) => new Migration());
  for (const migration of migrations) await migration.up(paper as unknown as QueryRunner);
  const noted = `\`${migrationsTableFor(prefix)}\``;
  // As TypeORM itself makes it.
  const [id, text] =
    dialect === 'mysql'
      ? ['int NOT NULL AUTO_INCREMENT PRIMARY KEY', 'varchar(255)']
      : ['integer PRIMARY KEY AUTOINCREMENT NOT NULL', 'varchar'];
  return [
    ...paper.statements(),
    `CREATE TABLE ${noted} (\`id\` ${id}, \`timestamp\` bigint NOT NULL, \`name\` ${text} NOT NULL)`,
    ...migrations.map(
      ({ name = '' }) =>
        `INSERT INTO ${noted} (\`timestamp\`, \`name\`) VALUES (${name.slice(-13)}, '${name}')`,
    ),
  ];
}

/** A database that is not there: it keeps what migrations make of it. Named as TypeORM's query runner names it. */
class PaperDatabase {
  readonly dataSource: { options: { type: string } };
  private readonly tables = new Map<string, Table>();
  private readonly queries: string[] = [];

  constructor(private readonly dialect: Dialect) {
    this.dataSource = { options: { type: dialect === 'mysql' ? 'mysql' : 'better-sqlite3' } };
  }

  async createTable(table: Table): Promise<void> {
    if (!this.tables.has(table.name)) this.tables.set(table.name, table.clone());
  }

  async hasTable(name: string): Promise<boolean> {
    return this.tables.has(name);
  }

  async getTable(name: string): Promise<Table | undefined> {
    return this.tables.get(name)?.clone();
  }

  async hasColumn(table: string, name: string): Promise<boolean> {
    return this.table(table).columns.some((column) => column.name === name);
  }

  async addColumn(table: string, column: TableColumn): Promise<void> {
    this.table(table).columns.push(column);
  }

  async createIndex(table: string, index: TableIndex): Promise<void> {
    this.table(table).indices.push(index);
  }

  async dropIndex(table: string, index: TableIndex | string): Promise<void> {
    const name = typeof index === 'string' ? index : index.name;
    const of = this.table(table);
    of.indices = of.indices.filter((one) => one.name !== name);
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<unknown[]> {
    if (parameters.length > 0) {
      throw new NotOnPaperError(`The statement "${sql}" has parameters, which cannot be put on paper.`);
    }
    this.queries.push(sql);
    return [];
  }

  statements(): string[] {
    const made = [...this.tables.values()].flatMap((table) => [
      tableSql(table, this.dialect),
      ...table.indices.map((index) => indexSql(table, index)),
    ]);
    return [...made, ...this.queries];
  }

  private table(name: string): Table {
    const table = this.tables.get(name);
    if (!table) throw new NotOnPaperError(`A migration changes the table "${name}", which none has made.`);
    return table;
  }
}

function tableSql({ name, columns }: Table, dialect: Dialect): string {
  const keys = columns.filter(({ isPrimary }) => isPrimary).map((column) => `\`${column.name}\``);
  const lines = [...columns.map((column) => `  ${columnSql(column)}`), `  PRIMARY KEY (${keys.join(', ')})`];
  const engine = dialect === 'mysql' ? ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4' : '';
  return `CREATE TABLE \`${name}\` (\n${lines.join(',\n')}\n)${engine}`;
}

function columnSql({
  name,
  type,
  length,
  charset,
  collation,
  isNullable,
  default: value,
}: TableColumn): string {
  return [
    `\`${name}\``,
    length ? `${type}(${length})` : type,
    ...(charset ? [`CHARACTER SET ${charset}`] : []),
    ...(collation ? [`COLLATE ${collation}`] : []),
    isNullable ? 'NULL' : 'NOT NULL',
    ...(value === undefined || value === null ? [] : [`DEFAULT ${String(value)}`]),
  ].join(' ');
}

function indexSql(table: Table, { name, columnNames, isUnique }: TableIndex): string {
  const columns = columnNames.map((column) => `\`${column}\``).join(', ');
  return `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX \`${name}\` ON \`${table.name}\` (${columns})`;
}
