import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
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

  it('takes several hosts, each with its port', () => {
    const options = of('mysql://root:a,b%40@one,two:3307,[::1]/horn');
    expect(options).toMatchObject({ host: 'one', port: 3306, password: 'a,b@', database: 'horn' });
    expect(describeDatabase(options)).toBe('mysql://one:3306,two:3307,[::1]:3306/horn');
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

  it('keeps SQLite’s files for their owner alone, also those of an earlier version', async () => {
    const folder = mkdtempSync(join(dataDir, 'modes-'));
    const old = join(folder, 'old.db');
    writeFileSync(old, '');
    chmodSync(old, 0o644);
    for (const path of [old, join(folder, 'new.db')]) {
      const dataSource = await new DataSource(of(`sqlite:${path}`)).initialize();
      await dataSource.query('CREATE TABLE a (id INTEGER)');
      const files = readdirSync(folder).filter((file) => path.endsWith(file.replace(/-(wal|shm)$/, '')));
      expect(files).toHaveLength(3);
      const modes = files.map((file) => (statSync(join(folder, file)).mode & 0o777).toString(8));
      expect(modes).toEqual(['600', '600', '600']);
      await dataSource.destroy();
    }
  });

  it.each([
    ['not an address', /is no URL/],
    ['postgres://user@host/name', /begins with "postgres:"/],
    ['mysql://user@one,,two/horn', /comma without a host/],
    ['mysql://user@one,two/horn?socketPath=/run/mysql.sock', /several hosts and a socketPath/],
    ['mysql://user@host', /names no database/],
    ['mysql://user@host/', /names no database/],
    ['sqlite:', /without a path/],
    ['sqlite:data.db?mode=ro', /takes no parameters/],
    [
      'mysql://root@localhost/horn?sslmode=require',
      /parameter "sslmode", which is unknown\. It can have: ssl-mode/,
    ],
    [
      'mysql://root@localhost/horn?ssl-mode=PREFERRED',
      /can be one of: DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY/,
    ],
    ['mysql://root@localhost/horn?ssl-mode=REQUIRED&ssl-mode=DISABLED', /"ssl-mode" twice/],
    ['mysql://root@localhost/horn?ssl-ca=', /"ssl-ca" without a value/],
    ['mysql://root@localhost/horn#ssl', /%23/],
  ])('refuses %j', (url, message) => {
    expect(() => of(url)).toThrow(DatabaseUrlError);
    expect(() => of(url)).toThrow(message);
  });

  it.each([
    ['', undefined],
    ['?ssl-mode=DISABLED', undefined],
    ['?ssl-mode=REQUIRED', { rejectUnauthorized: false, verifyIdentity: false }],
    ['?ssl-mode=VERIFY_CA', { rejectUnauthorized: true, verifyIdentity: false }],
    ['?ssl-mode=VERIFY_IDENTITY', { rejectUnauthorized: true, verifyIdentity: true }],
  ])('reads TLS of %j', (parameters, ssl) => {
    expect((of(`mysql://root@db.example/horn${parameters}`) as { ssl?: object }).ssl).toEqual(ssl);
  });

  it('takes TLS from the settings where the URL says nothing of it', () => {
    const ssl = { mode: 'VERIFY_CA', ca: null, cert: null, key: null } as const;
    const from = (url: string) => dataSourceOptions({ url, dataDir, poolSize: 1, ssl }, []);
    expect(from('mysql://root@db.example/horn')).toMatchObject({ ssl: { rejectUnauthorized: true } });
    expect(from('mysql://root@db.example/horn?ssl-mode=REQUIRED')).toMatchObject({
      ssl: { rejectUnauthorized: false },
    });
  });

  it.each([
    ['ssl-mode=VERIFY_CA&ssl-ca=/nonexistent.pem', /ssl-ca, \/nonexistent\.pem, cannot be read \(ENOENT\)/],
    ['ssl-mode=REQUIRED&ssl-cert=/nonexistent.pem', /needs both ssl-cert and ssl-key/],
    ['ssl-mode=DISABLED&ssl-ca=/nonexistent.pem', /ssl-mode is DISABLED/],
  ])('refuses %s', (parameters, message) => {
    expect(() => of(`mysql://root@db.example/horn?${parameters}`)).toThrow(message);
  });

  it('never says the password', () => {
    expect(describeDatabase(of('mysql://root:hush@db.example/horn'))).toBe('mysql://db.example:3306/horn');
    expect(() => of('postgres://root:hush@db.example/horn')).toThrow(expect.not.stringMatching(/hush/));
  });
});
