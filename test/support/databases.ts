import { randomBytes } from 'node:crypto';
import { mysqlDatabase } from './mysql-database.js';
import { sqliteDatabase } from './sqlite-database.js';

/** A database of a test's own. */
export interface TestDatabase {
  /** A `DATABASE_URL`. */
  url: string;
  /** Remembers what is in the tables now, so that {@link restore} brings it back: a few rows that a start wrote. */
  save(): Promise<void>;
  /**
   * Brings the tables back to the rows that {@link save} saw, and ids that the database counts to where they were. The
   * version of the webhooks rises instead, so that an application that goes on reads them anew.
   */
  restore(): Promise<void>;
  drop(): Promise<void>;
}

/** An engine that the tests run against. */
export interface DatabaseKind {
  /** What stands behind the names of its tests. */
  name: string;
  /** Which SQL it speaks. */
  dialect: 'sqlite' | 'mysql';
  /** Makes a database with the schema that a start of the standalone program leaves, and no row of it. */
  create(): Promise<TestDatabase>;
  /** Makes a database without any table. */
  createEmpty(): Promise<TestDatabase>;
}

const SQLITE: DatabaseKind = {
  name: 'sqlite',
  dialect: 'sqlite',
  create: () => sqliteDatabase({ isMigrated: true }),
  createEmpty: () => sqliteDatabase({ isMigrated: false }),
};

/** An engine that speaks MySQL's protocol. @param server its URL, without a database */
function mysqlAt(name: string, server: string): DatabaseKind {
  const create = (isMigrated: boolean) =>
    mysqlDatabase(server, `posthorn_${randomBytes(8).toString('hex')}`, { isMigrated });
  return { name, dialect: 'mysql', create: () => create(true), createEmpty: () => create(false) };
}

/**
 * Every engine at hand: SQLite, and MySQL where the global setup found or started a server. One more engine is one more
 * line here.
 */
export function availableDatabases(): DatabaseKind[] {
  const mysql = process.env['POSTHORN_TEST_MYSQL'];
  return [SQLITE, ...(mysql ? [mysqlAt('mysql', mysql)] : [])];
}

/**
 * The engines that TEST_DATABASES lets run: `all`, or names with commas (`TEST_DATABASES=mysql npx jest order`). Where
 * it is not set, a spec's subject decides.
 */
function chosenEngines(): { engines: DatabaseKind[]; isBySubject: boolean } {
  const chosen = process.env['TEST_DATABASES'] ?? '';
  const engines = availableDatabases();
  if (chosen === '' || chosen === 'all') return { engines, isBySubject: chosen === '' };
  const names = chosen.split(',').map((name) => name.trim());
  return { engines: engines.filter(({ name }) => names.includes(name)), isBySubject: false };
}

/**
 * The engines for a subject.
 *
 * @param subject `sql`: what is tested is SQL, locking or what a database keeps, so every engine; `server`: several
 *   processes share the database, so every engine but SQLite; `any`: what is tested lies above the database, so SQLite,
 *   unless TEST_DATABASES says more. With `others` only what a run without it leaves out; with `sql` only the subjects
 *   `sql` and `server`, and not on SQLite: for one more server
 */
export function databasesFor(subject: 'sql' | 'server' | 'any'): DatabaseKind[] {
  if (process.env['TEST_DATABASES'] === 'others')
    return subject === 'any' ? availableDatabases().slice(1) : [];
  if (process.env['TEST_DATABASES'] === 'sql') return subject === 'any' ? [] : availableDatabases().slice(1);
  const { engines, isBySubject } = chosenEngines();
  if (subject === 'server') return engines.filter(({ dialect }) => dialect !== 'sqlite');
  return subject === 'any' && isBySubject ? engines.slice(0, 1) : engines;
}

/** The engine for a test that runs on one alone, whatever TEST_DATABASES says. */
export function oneDatabase(): DatabaseKind {
  return SQLITE;
}

/** Runs a block of tests on every engine: its subject is SQL, locking, or what a database keeps. */
export function describeOnEveryDatabase(name: string, block: (database: DatabaseKind) => void): void {
  describeOn(databasesFor('sql'), name, block);
}

/** Runs a block of tests on SQLite, and on every engine with TEST_DATABASES=all: its subject lies above the database. */
export function describeOnAnyDatabase(name: string, block: (database: DatabaseKind) => void): void {
  describeOn(databasesFor('any'), name, block);
}

function describeOn(kinds: DatabaseKind[], name: string, block: (database: DatabaseKind) => void): void {
  for (const kind of kinds) describe(`${name} (${kind.name})`, () => block(kind));
}

/**
 * Leaves a test out on OceanBase, by its name.
 *
 * @param _why what that engine does otherwise
 */
export function exceptOnOceanBase(test: typeof it, _why: string): typeof it {
  return process.env['TEST_ENGINE'] === 'oceanbase' ? (test.skip as typeof it) : test;
}
