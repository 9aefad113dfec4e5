import { DataSource } from 'typeorm';
import { runCommand } from '../../src/cli/run-command.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { dialectOf } from '../../src/database/dialect.js';
import { migrateHost } from '../../src/app/embedded/prepare-host-database.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';

const HOST = {
  withApplication: () => Promise.reject(new Error('No application is needed.')),
};

async function printed(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  await runCommand(args, { ...HOST, print: (line) => void lines.push(line) });
  return lines;
}

/** Tables with their columns and indices, as the database itself tells them. */
async function schemaOf(dataSource: DataSource): Promise<unknown> {
  const runner = dataSource.createQueryRunner();
  try {
    // Of this database alone: those of other tests come and go meanwhile.
    const rows = (await runner.query(
      dialectOf(dataSource) === 'mysql'
        ? 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()'
        : "SELECT name FROM sqlite_master WHERE type = 'table'",
    )) as { name: string }[];
    const tables = await runner.getTables(
      rows.map(({ name }) => name).filter((name) => name.startsWith('x_')),
    );
    return tables
      .map((table) => ({
        name: table.name.replace(/^.*\./, ''),
        columns: table.columns.map(({ name, type, length, isNullable, isPrimary, collation }) => ({
          name,
          type,
          length,
          isNullable,
          isPrimary,
          collation,
        })),
        indices: table.indices
          .map(({ name, columnNames, isUnique }) => ({ name, columnNames, isUnique }))
          .toSorted((one, other) => ((one.name ?? '') < (other.name ?? '') ? -1 : 1)),
      }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  } finally {
    await runner.release();
  }
}

describeOnEveryDatabase('The schema of an embedded Posthorn', (kind) => {
  let databases: TestDatabase[];
  let sources: DataSource[];
  const { DATABASE_URL } = process.env;

  beforeEach(async () => {
    databases = await Promise.all([kind.createEmpty(), kind.createEmpty()]);
    sources = await Promise.all(
      databases.map(({ url }) =>
        new DataSource(dataSourceOptions({ url, dataDir: '/nonexistent', poolSize: 2 }, [])).initialize(),
      ),
    );
  });

  afterEach(async () => {
    if (DATABASE_URL === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = DATABASE_URL;
    for (const source of sources) await source.destroy();
    for (const database of databases) await database.drop();
  });

  it('printed as SQL is what the migrations make, and leaves nothing pending', async () => {
    const [migrated, written] = sources as [DataSource, DataSource];
    await migrateHost(migrated, 'x_');
    for (const statement of await printed('sql', '--dialect', dialectOf(written), '--prefix', 'x_')) {
      await written.query(statement.replace(/;$/, ''));
    }
    expect(await schemaOf(written)).toEqual(await schemaOf(migrated));
    process.env['DATABASE_URL'] = databases[1]?.url;
    expect(await printed('status', '--prefix', 'x_')).toEqual([expect.stringContaining('is up to date')]);
    await migrateHost(written, 'x_');
  });

  it('is told to be behind, with what is pending, until it is migrated', async () => {
    process.env['DATABASE_URL'] = databases[0]?.url;
    await expect(printed('status', '--prefix', 'x_')).rejects.toThrow(/migrations are pending/);
    await migrateHost(sources[0] as DataSource, 'x_');
    expect(await printed('status', '--prefix', 'x_')).toHaveLength(1);
  });
});

describe('The command that prints SQL', () => {
  it.each([[[]], [['--dialect', 'oracle']], [['--nonsense']]])('refuses %j with a sentence', async (args) => {
    await expect(printed('sql', ...args)).rejects.toThrow(/--dialect|--help/);
  });

  it('refuses a prefix that no table can have', async () => {
    await expect(printed('sql', '--dialect', 'mysql', '--prefix', 'a-b')).rejects.toThrow('cannot be used');
  });
});
