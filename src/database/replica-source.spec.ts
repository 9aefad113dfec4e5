import { DataSource } from 'typeorm';
import { DatabaseUrlError } from './data-source-options.js';
import { makeReplicaSource } from './replica-source.js';

const MYSQL = new DataSource({ type: 'mysql', database: 'hooks' });
const SQLITE = new DataSource({ type: 'better-sqlite3', database: ':memory:' });

const make = (url: string, primary = MYSQL) =>
  makeReplicaSource(primary, { url, poolSize: 2, statementTimeoutMs: 1_000, maxLagMs: 1_000, entities: [] });

describe('the address of a read replica', () => {
  it('is of MySQL, and nothing connects yet', () => {
    expect(make('mysql://reader@replica.invalid/hooks').dataSource.isInitialized).toBe(false);
  });

  it.each([
    ['postgres://reader:s3cret@replica/hooks', MYSQL, /^DATABASE_READ_URL begins with "postgres:"/],
    ['mysql://reader:s3cret@replica', MYSQL, /^DATABASE_READ_URL names no database/],
    ['sqlite:other.sqlite', MYSQL, /^DATABASE_READ_URL names a read replica, which SQLite does not have/],
    ['mysql://reader:s3cret@replica/hooks', SQLITE, /^DATABASE_READ_URL names a read replica, which SQLite/],
  ])('is refused as %s', (url, primary, sentence) => {
    expect(() => make(url, primary)).toThrow(DatabaseUrlError);
    expect(() => make(url, primary)).toThrow(sentence);
    expect(() => make(url, primary)).not.toThrow(/s3cret/);
  });
});
