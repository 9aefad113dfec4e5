import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { runCommand } from '../../src/cli/run-command.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { dialectOf } from '../../src/database/dialect.js';
import {
  ALL_MIGRATIONS,
  buildMigrations,
  LAST_MIGRATIONS,
} from '../../src/database/migrations/all-migrations.js';
import { PACKAGE_ROOT } from '../../src/package.js';
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

/** Runs migrations as a host does. */
async function runMigrations(
  { url }: TestDatabase,
  migrations: ReturnType<typeof buildMigrations>,
  options: { entityPrefix?: string; migrationsTableName: string },
): Promise<void> {
  const address = { url, dataDir: '/nonexistent', poolSize: 2 };
  const host = await new DataSource({
    ...dataSourceOptions(address, []),
    ...options,
    migrations,
  }).initialize();
  try {
    await host.runMigrations({ transaction: 'none' });
  } finally {
    await host.destroy();
  }
}

/** Tables with their columns and indices, as the database itself tells them, without the lock of those who migrate. */
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
      rows.map(({ name }) => name).filter((name) => name.startsWith('x_') && !name.endsWith('_lock')),
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
  it('printed from a release on is what the migrations since then make', async () => {
    const [migrated, upgraded] = sources as [DataSource, DataSource];
    await migrateHost(migrated, 'x_');
    for (const [release, last] of Object.entries(LAST_MIGRATIONS)) {
      const made = ALL_MIGRATIONS.findIndex((Migration) => new Migration().name === last) + 1;
      expect(made).toBeGreaterThan(0);
      await upgraded.dropDatabase().catch(() => {});
      await runMigrations(databases[1] as TestDatabase, buildMigrations('x_').slice(0, made), {
        migrationsTableName: 'x_migrations',
      });
      expect(await schemaOf(upgraded)).not.toEqual(await schemaOf(migrated));
      const args = ['--dialect', dialectOf(upgraded), '--prefix', 'x_', '--from', release];
      for (const statement of await printed('sql', ...args)) {
        await upgraded.query(statement.replace(/;$/, ''));
      }
      expect(await schemaOf(upgraded)).toEqual(await schemaOf(migrated));
      process.env['DATABASE_URL'] = databases[1]?.url;
      expect((await printed('status', '--prefix', 'x_'))[0]).toContain('is up to date');
    }
  });

  it('is under the prefix of the host’s entities too, and status sees what the host has run', async () => {
    const [hosts, written] = sources as [DataSource, DataSource];
    await runMigrations(databases[0] as TestDatabase, buildMigrations('y_'), {
      entityPrefix: 'x_',
      migrationsTableName: 'history',
    });
    const prefixes = ['--prefix', 'y_', '--entity-prefix', 'x_'];
    process.env['DATABASE_URL'] = databases[0]?.url;
    const [told] = await printed('status', ...prefixes, '--migrations-table', 'history');
    expect(told).toContain('is up to date');
    await expect(printed('status', ...prefixes)).rejects.toThrow(/migrations are pending/);
    for (const statement of await printed('sql', '--dialect', dialectOf(written), ...prefixes)) {
      await written.query(statement.replace(/;$/, ''));
    }
    await written.query('DROP TABLE `x_y_migrations`');
    expect(await schemaOf(written)).toEqual(await schemaOf(hosts));
    const names = (await schemaOf(hosts)) as { name: string }[];
    expect(names.every(({ name }) => name.startsWith('x_y_'))).toBe(true);
    expect(names.length).toBeGreaterThan(15);
  });
});

describe('The command that prints SQL', () => {
  it.each([[[]], [['--dialect', 'oracle']], [['--nonsense']]])('refuses %j with a sentence', async (args) => {
    await expect(printed('sql', ...args)).rejects.toThrow(/--dialect|--help/);
  });

  it('knows the last migration of every release, and no other release', async () => {
    const released = [
      ...readFileSync(join(PACKAGE_ROOT, 'CHANGELOG.md'), 'utf8').matchAll(/^## \[(\d[^\]]*)\]/gm),
    ];
    expect(Object.keys(LAST_MIGRATIONS).toSorted()).toEqual(
      released.map(([, version]) => version).toSorted(),
    );
    await expect(printed('sql', '--dialect', 'mysql', '--from', '0.0.1')).rejects.toThrow(
      'There is no release 0.0.1: --from takes one of 0.1.0',
    );
  });

  it('refuses a prefix that no table can have', async () => {
    await expect(printed('sql', '--dialect', 'mysql', '--prefix', 'a-b')).rejects.toThrow('cannot be used');
  });
});
