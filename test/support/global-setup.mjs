// Sees to it that the tests have a MySQL-protocol server: the one of TEST_DATABASE_URL, else one of their own.
import { findMysql, PrivateMysql } from './private-mysql.mjs';

export default async function globalSetup() {
  // Jest runs this in the process that starts the workers: what is set here they find in their environment.
  if (process.env.TEST_DATABASE_URL) {
    process.env.POSTHORN_TEST_MYSQL = process.env.TEST_DATABASE_URL;
    return;
  }
  if (!findMysql()) {
    console.warn(
      '\nThe MySQL half of the tests did not run: no mariadbd or mysqld was found. ' +
        'Install one (apt-get install mariadb-server) or set TEST_DATABASE_URL=mysql://user:password@host:3306.',
    );
    return;
  }
  const server = await PrivateMysql.create();
  globalThis.posthornPrivateMysql = server;
  process.env.POSTHORN_TEST_MYSQL = server.url;
}
