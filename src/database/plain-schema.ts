import { setTimeout as wait } from 'node:timers/promises';
import { type QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';
import { dialectOf } from './dialect.js';
import { columnSql, createIndexSql, createTableSql } from './schema-sql.js';

/** How often a statement is sent that the server asks to send again, and the first pause; it doubles. */
const MOST_TRIES = 6;
const FIRST_PAUSE_MS = 100;

/** OceanBase, while another change of the schema is being made. */
const TRY_AGAIN = /schema.*try again/i;

type Method = (...args: never[]) => Promise<unknown>;

/**
 * Wraps a query runner so that what migrations do to tables is sent to MySQL as plain SQL, in which a table is named by its
 * name alone. TypeORM looks tables up in `information_schema` and puts the name of the database before theirs as it finds
 * it there; behind a proxy such as Vitess that is not the name under which the client knows the database.
 *
 * A statement is sent again when the server answers that its schema is being changed. On SQLite the runner stays as it is.
 */
export function writePlainSql(runner: QueryRunner): QueryRunner {
  if (dialectOf(runner) === 'sqlite') return runner;
  const methods = new Map<PropertyKey, Method>(Object.entries(new PlainSchema(runner).methods));
  return new Proxy(runner, {
    get(target, property): unknown {
      const own = methods.get(property);
      if (own) return own;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

class PlainSchema {
  /** What stands in for the runner's own methods. */
  readonly methods = {
    hasTable: async (table: Table | string) => this.hasTable(nameOf(table)),
    hasColumn: async (table: Table | string, column: string) =>
      (await this.columns(nameOf(table))).some(({ name }) => name === column),
    getTable: async (name: string) => this.getTable(name),
    createTable: async (table: Table, ifNotExists = false) => this.createTable(table, ifNotExists),
    dropTable: async (table: Table | string, ifExists = false) =>
      this.send(`DROP TABLE ${ifExists ? 'IF EXISTS ' : ''}\`${nameOf(table)}\``),
    addColumn: async (table: Table | string, column: TableColumn) => this.addColumns(table, [column]),
    addColumns: async (table: Table | string, columns: TableColumn[]) => this.addColumns(table, columns),
    dropColumn: async (table: Table | string, column: string) =>
      this.send(`ALTER TABLE \`${nameOf(table)}\` DROP COLUMN \`${column}\``),
    createIndex: async (table: Table | string, index: TableIndex) =>
      this.send(createIndexSql(nameOf(table), index)),
    dropIndex: async (table: Table | string, index: TableIndex | string) =>
      this.send(`DROP INDEX \`${typeof index === 'string' ? index : index.name}\` ON \`${nameOf(table)}\``),
  } satisfies Partial<Record<keyof QueryRunner, Method>>;

  constructor(private readonly runner: QueryRunner) {}

  private async hasTable(name: string): Promise<boolean> {
    // `_` stands for any character in the pattern, so that the answer may have other tables too.
    const rows = (await this.runner.query(`SHOW TABLES LIKE '${name}'`)) as object[];
    return rows.some((row) => Object.values(row).some((value) => value === name));
  }

  private async getTable(name: string): Promise<Table | undefined> {
    if (!(await this.hasTable(name))) return undefined;
    return new Table({ name, columns: await this.columns(name), indices: await this.indices(name) });
  }

  private async columns(table: string): Promise<{ name: string; type: string }[]> {
    const rows = (await this.runner.query(`SHOW COLUMNS FROM \`${table}\``)) as {
      Field: string;
      Type: string;
    }[];
    return rows.map(({ Field, Type }) => ({ name: Field, type: Type }));
  }

  private async indices(
    table: string,
  ): Promise<{ name: string; columnNames: string[]; isUnique: boolean }[]> {
    const rows = (await this.runner.query(`SHOW INDEX FROM \`${table}\``)) as {
      Key_name: string;
      Column_name: string;
      Non_unique: number | string;
    }[];
    const names = new Set(rows.map(({ Key_name }) => Key_name).filter((key) => key !== 'PRIMARY'));
    return [...names].map((name) => {
      const parts = rows.filter(({ Key_name }) => Key_name === name);
      return {
        name,
        columnNames: parts.map(({ Column_name }) => Column_name),
        isUnique: Number(parts[0]?.Non_unique) === 0,
      };
    });
  }

  private async createTable(table: Table, ifNotExists: boolean): Promise<void> {
    await this.send(createTableSql(table, { ifNotExists, withIndices: true, ending: ' ENGINE=InnoDB' }));
  }

  private async addColumns(table: Table | string, columns: TableColumn[]): Promise<void> {
    for (const column of columns) {
      await this.send(`ALTER TABLE \`${nameOf(table)}\` ADD COLUMN ${columnSql(column)}`);
    }
  }

  private async send(sql: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.runner.query(sql);
        return;
      } catch (error) {
        const isChanging = error instanceof Error && TRY_AGAIN.test(error.message);
        if (!isChanging || attempt >= MOST_TRIES) throw error;
        await wait(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  }
}

function nameOf(table: Table | string): string {
  return typeof table === 'string' ? table : table.name;
}
