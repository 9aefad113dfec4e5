import { execFile } from 'node:child_process';
import { copyFile, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { DatabaseOpenError, openDatabase } from '../../src/database/open-database.js';
import { certificateFile } from '../support/certificates.js';
import { availableDatabases } from '../support/databases.js';
import { findMysql, PrivateMysql } from '../support/private-mysql.mjs';
import { testFolder } from '../support/test-folder.js';

const run = promisify(execFile);
const programs = findMysql();

// It needs servers with certificates of its own, and one without.
if (
  availableDatabases().some(({ name }) => name === 'mysql') &&
  programs &&
  programs.engine !== 'oceanbase'
) {
  describe('TLS to MySQL', () => {
    let folder: string;
    let server: PrivateMysql;

    /** Where the server's certificate is; the certificate itself depends on the test. */
    const own = (name: string) => join(folder, `${name}.pem`);
    const file = (path: string) => encodeURIComponent(path);
    const authority = file(certificateFile('authority'));
    const stranger = file(certificateFile('stranger'));
    const client = `ssl-cert=${file(certificateFile('client'))}&ssl-key=${file(certificateFile('client.key'))}`;

    async function prepare(made: PrivateMysql): Promise<void> {
      await made.query('CREATE DATABASE secured CHARACTER SET utf8mb4');
      for (const [user, needs] of [
        ['any', 'NONE'],
        ['tls', 'SSL'],
        ['known', 'X509'],
      ]) {
        await made.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'secret' REQUIRE ${needs}`);
        await made.query(`GRANT ALL ON secured.* TO ${user}@'%'`);
      }
    }

    beforeAll(async () => {
      // A server reads no key that others may read.
      folder = await mkdtemp(join(testFolder(), 'tls-'));
      await copyFile(certificateFile('server'), own('cert'));
      await copyFile(certificateFile('server.key'), own('key'));
      await copyFile(certificateFile('authority'), own('ca'));
      server = await PrivateMysql.create(
        [`--ssl-cert=${own('cert')}`, `--ssl-key=${own('key')}`, `--ssl-ca=${own('ca')}`],
        { isDurable: false },
      );
      await prepare(server);
    }, 60_000);

    afterAll(() => server.remove());

    /** The cipher of a connection; empty: it has none. */
    async function cipherOf(
      user: string,
      parameters: string,
      { host = '127.0.0.1', port = server.port } = {},
    ): Promise<string> {
      const url = `mysql://${user}:secret@${host}:${port}/secured${parameters}`;
      const options = dataSourceOptions({ url, dataDir: '/nonexistent', poolSize: 2 }, []);
      let dataSource: DataSource | null = null;
      try {
        dataSource = await openDatabase(options, []);
        const [row] = await dataSource.query<{ Value: string }[]>("SHOW STATUS LIKE 'Ssl_cipher'");
        return row?.Value ?? '';
      } finally {
        await dataSource?.destroy();
      }
    }

    /** The sentence with which a start ends. */
    async function refusalOf(...connection: Parameters<typeof cipherOf>): Promise<string> {
      const error: unknown = await cipherOf(...connection).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(DatabaseOpenError);
      return (error as Error).message.replace(/mysql:\/\/\S+/, 'DATABASE');
    }

    it.each([
      ['tls', '?ssl-mode=REQUIRED', '127.0.0.1'],
      ['tls', '?ssl-mode=required', '127.0.0.1'],
      ['any', '?ssl-mode=REQUIRED', '127.0.0.1'],
      ['tls', `?ssl-ca=${authority}`, '127.0.0.1'],
      ['tls', `?ssl-mode=VERIFY_CA&ssl-ca=${authority}`, '127.0.0.1'],
      ['tls', `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${authority}`, '127.0.0.1'],
      ['tls', `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${authority}`, 'localhost'],
      ['tls', `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${authority}`, '127.0.0.1:9,127.0.0.1'],
      ['tls', `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${authority}`, '127.0.0.1:9,localhost'],
      ['known', `?ssl-mode=REQUIRED&${client}`, '127.0.0.1'],
      ['known', `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${authority}&${client}`, '127.0.0.1'],
    ])('the user %s with %s has a cipher at %s', async (user, parameters, host) => {
      expect(await cipherOf(user, parameters, { host })).toMatch(/\w/);
    });

    it.each(['', '?ssl-mode=DISABLED'])('with "%s" there is no cipher', async (parameters) => {
      expect(await cipherOf('any', parameters)).toBe('');
    });

    it.each([
      '?ssl-mode=VERIFY_CA',
      `?ssl-mode=VERIFY_CA&ssl-ca=${stranger}`,
      `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${stranger}`,
      `?ssl-mode=REQUIRED&ssl-ca=${stranger}`,
    ])('a certificate of an authority that is not trusted is refused with %s', async (parameters) => {
      expect(await refusalOf('any', parameters)).toBe(
        'The database DATABASE cannot be opened: its certificate was signed by no authority that is trusted here. Set ssl-ca to the PEM file of its authority.',
      );
    });

    it.each([
      ['tls', ''],
      ['known', '?ssl-mode=REQUIRED'],
    ])('the user %s with "%s" is refused by the server', async (user, parameters) => {
      expect(await refusalOf(user, parameters)).toMatch(
        /^The database DATABASE cannot be opened: Access denied/,
      );
    });

    describe('with the certificate of another host', () => {
      beforeAll(async () => {
        await run('openssl', [
          ...[
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:prime256v1',
            '-nodes',
            '-days',
            '2',
          ],
          ...['-subj', '/CN=db.example', '-addext', 'subjectAltName=DNS:db.example'],
          ...['-keyout', own('key'), '-out', own('cert')],
        ]);
        await copyFile(own('cert'), own('ca'));
        await server.restart();
      }, 60_000);

      it.each(['127.0.0.1', 'localhost'])('%s is refused where the identity is verified', async (host) => {
        const verifying = `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${file(own('cert'))}`;
        expect(await refusalOf('any', verifying, { host })).toBe(
          'The database DATABASE cannot be opened: its certificate is for another host than that of DATABASE_URL. Name the host as the certificate does.',
        );
      });

      it('an authority that is trusted is enough otherwise', async () => {
        expect(await cipherOf('tls', `?ssl-mode=VERIFY_CA&ssl-ca=${file(own('cert'))}`)).toMatch(/\w/);
      });
    });

    describe('to a server without TLS', () => {
      let plain: PrivateMysql;

      beforeAll(async () => {
        plain = await PrivateMysql.create([programs.installer ? '--skip-ssl' : '--tls-version='], {
          isDurable: false,
        });
        await prepare(plain);
      }, 60_000);

      afterAll(() => plain.remove());

      it.each(['REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'])('%s is refused', async (mode) => {
        expect(await refusalOf('any', `?ssl-mode=${mode}`, { port: plain.port })).toBe(
          'The database DATABASE cannot be opened: it takes no TLS, which ssl-mode asks for. Turn TLS on at the server.',
        );
        expect(await plain.query("SELECT id FROM information_schema.processlist WHERE user = 'any'")).toEqual(
          [],
        );
      });
    });
  });
}
