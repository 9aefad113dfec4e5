import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSourceOptions, DatabaseUrlError, describeDatabase } from './data-source-options.js';

describe('dataSourceOptions', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'posthorn-options-'));
  const of = (url: string | null) => dataSourceOptions({ url, dataDir, poolSize: 7 }, []);

  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it.each(['mysql', 'mariadb'])('reads user, password, host, port and name of a %s address', (scheme) => {
    expect(of(`${scheme}://po%40st:p%2Fw@db.example:3307/horn`)).toMatchObject({
      type: 'mysql',
      host: 'db.example',
      port: 3307,
      username: 'po@st',
      password: 'p/w',
      database: 'horn',
      poolSize: 7,
    });
  });

  it('takes port 3306 unless told', () => {
    expect(of('mysql://root@localhost/horn')).toMatchObject({ port: 3306, password: '' });
  });

  it('takes the brackets off an IPv6 address', () => {
    expect(of('mysql://root@[::1]:3306/horn')).toMatchObject({ host: '::1' });
  });

  it('keeps SQLite in the data directory unless told', () => {
    expect(of(null)).toMatchObject({ type: 'better-sqlite3', database: join(dataDir, 'posthorn.sqlite') });
  });

  it.each([
    [`sqlite:${join(dataDir, 'deep', 'er.db')}`, join(dataDir, 'deep', 'er.db')],
    [`sqlite://${join(dataDir, 'slashes.db')}`, join(dataDir, 'slashes.db')],
    ['sqlite::memory:', ':memory:'],
  ])('opens %s', (url, path) => {
    expect(of(url)).toMatchObject({ type: 'better-sqlite3', database: path });
  });

  it.each([
    ['not an address', /is no URL/],
    ['postgres://user@host/name', /begins with "postgres:"/],
    ['mysql://user@host', /names no database/],
    ['mysql://user@host/', /names no database/],
    ['sqlite:', /without a path/],
  ])('refuses %j', (url, message) => {
    expect(() => of(url)).toThrow(DatabaseUrlError);
    expect(() => of(url)).toThrow(message);
  });

  it('never says the password', () => {
    expect(describeDatabase(of('mysql://root:hush@db.example/horn'))).toBe('mysql://db.example:3306/horn');
    expect(() => of('postgres://root:hush@db.example/horn')).toThrow(expect.not.stringMatching(/hush/));
  });
});
