import type { QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';
import type { Dialect } from '../dialect.js';
import { columnSql, createIndexSql, createTableSql } from '../schema-sql.js';
import { buildMigrations, nameMigrationsTable } from './all-migrations.js';

/** A migration needs a real database, so that it cannot be printed as SQL. */
class NotPrintableError extends Error {
  override readonly name = 'NotPrintableError';
}

/**
 * Prints migrations as SQL, one statement an item, with the rows of the migrations table, so that the module finds no
 * migration pending. Without `from` all of them, for an empty database: the final tables.
 *
 * @param prefix as for {@link buildMigrations}
 * @param from the name of the last migration that the database has: the changes since then are printed. Default: none
 */
export async function printMigrations(dialect: Dialect, prefix: string, from?: string): Promise<string[]> {
  const recorder = new SchemaRecorder(dialect);
  const migrations = buildMigrations(prefix, (runner) => runner).map((Migration) => new Migration());
  const applied = migrations.findIndex(({ name }) => name === from) + 1;
  const pending = migrations.slice(applied);
  for (const migration of migrations.slice(0, applied)) {
    await migration.up(recorder as unknown as QueryRunner);
  }
  recorder.forgetStatements();
  for (const migration of pending) await migration.up(recorder as unknown as QueryRunner);
  const noted = `\`${nameMigrationsTable(prefix)}\``;
  // As TypeORM itself creates it.
  const [id, text] =
    dialect === 'mysql'
      ? ['int NOT NULL AUTO_INCREMENT PRIMARY KEY', 'varchar(255)']
      : ['integer PRIMARY KEY AUTOINCREMENT NOT NULL', 'varchar'];
  return [
    ...recorder.statements(),
    ...(applied > 0
      ? []
      : [`CREATE TABLE ${noted} (\`id\` ${id}, \`timestamp\` bigint NOT NULL, \`name\` ${text} NOT NULL)`]),
    ...pending.map(
      ({ name = '' }) =>
        `INSERT INTO ${noted} (\`timestamp\`, \`name\`) VALUES (${name.slice(-13)}, '${name}')`,
    ),
  ];
}

/** Stands in for TypeORM's query runner: it applies schema changes to tables in memory and collects statements. */
class SchemaRecorder {
  readonly dataSource: { options: { type: string } };
  private readonly tables = new Map<string, Table>();
  /** Names of tables that the database has. */
  private known: ReadonlySet<string> = new Set();
  /** Changes of those tables. */
  private readonly changes: string[] = [];
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

  async addColumn(name: string, column: TableColumn): Promise<void> {
    const table = this.table(name);
    table.columns.push(column);
    if (this.known.has(name)) {
      this.changes.push(`ALTER TABLE \`${name}\` ADD COLUMN ${columnSql(column)}`);
    }
  }

  async createIndex(name: string, index: TableIndex): Promise<void> {
    const table = this.table(name);
    table.indices.push(index);
    if (this.known.has(name)) this.changes.push(createIndexSql(name, index));
  }

  async dropIndex(table: string, index: TableIndex | string): Promise<void> {
    const name = typeof index === 'string' ? index : index.name;
    const of = this.table(table);
    of.indices = of.indices.filter((one) => one.name !== name);
    if (this.known.has(table)) {
      this.changes.push(`DROP INDEX \`${name}\`${this.dialect === 'mysql' ? ` ON \`${table}\`` : ''}`);
    }
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<unknown[]> {
    if (parameters.length > 0) {
      throw new NotPrintableError(`The statement "${sql}" has parameters, which printed SQL cannot have.`);
    }
    this.queries.push(sql);
    return [];
  }

  /** Takes what was recorded so far for what the database has. */
  forgetStatements(): void {
    this.known = new Set(this.tables.keys());
    this.queries.length = 0;
  }

  statements(): string[] {
    const made = [...this.tables.values()]
      .filter(({ name }) => !this.known.has(name))
      .flatMap((table) => [
        createTableSql(table, {
          ending: this.dialect === 'mysql' ? ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4' : '',
        }),
        ...table.indices.map((index) => createIndexSql(table.name, index)),
      ]);
    return [...made, ...this.changes, ...this.queries];
  }

  private table(name: string): Table {
    const table = this.tables.get(name);
    if (!table) throw new NotPrintableError(`A migration changes the table "${name}", which none has made.`);
    return table;
  }
}
