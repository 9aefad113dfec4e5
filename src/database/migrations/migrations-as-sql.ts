import type { QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';
import type { Dialect } from '../dialect.js';
import { createIndexSql, createTableSql } from '../schema-sql.js';
import { buildMigrations, nameMigrationsTable } from './all-migrations.js';

/** A migration needs a real database, so that it cannot be printed as SQL. */
class NotPrintableError extends Error {
  override readonly name = 'NotPrintableError';
}

/**
 * Prints all migrations as SQL for an empty database: the final tables, one statement an item, and the rows of the
 * migrations table, so that the module finds no migration pending.
 *
 * @param prefix as for {@link buildMigrations}
 */
export async function printMigrations(dialect: Dialect, prefix: string): Promise<string[]> {
  const recorder = new SchemaRecorder(dialect);
  const migrations = buildMigrations(prefix, (runner) => runner).map((Migration) => new Migration());
  for (const migration of migrations) await migration.up(recorder as unknown as QueryRunner);
  const noted = `\`${nameMigrationsTable(prefix)}\``;
  // As TypeORM itself creates it.
  const [id, text] =
    dialect === 'mysql'
      ? ['int NOT NULL AUTO_INCREMENT PRIMARY KEY', 'varchar(255)']
      : ['integer PRIMARY KEY AUTOINCREMENT NOT NULL', 'varchar'];
  return [
    ...recorder.statements(),
    `CREATE TABLE ${noted} (\`id\` ${id}, \`timestamp\` bigint NOT NULL, \`name\` ${text} NOT NULL)`,
    ...migrations.map(
      ({ name = '' }) =>
        `INSERT INTO ${noted} (\`timestamp\`, \`name\`) VALUES (${name.slice(-13)}, '${name}')`,
    ),
  ];
}

/** Stands in for TypeORM's query runner: it applies schema changes to tables in memory and collects statements. */
class SchemaRecorder {
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
      throw new NotPrintableError(`The statement "${sql}" has parameters, which printed SQL cannot have.`);
    }
    this.queries.push(sql);
    return [];
  }

  statements(): string[] {
    const made = [...this.tables.values()].flatMap((table) => [
      createTableSql(table, {
        ending: this.dialect === 'mysql' ? ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4' : '',
      }),
      ...table.indices.map((index) => createIndexSql(table.name, index)),
    ]);
    return [...made, ...this.queries];
  }

  private table(name: string): Table {
    const table = this.tables.get(name);
    if (!table) throw new NotPrintableError(`A migration changes the table "${name}", which none has made.`);
    return table;
  }
}
