import { findMysql, wantedEngine } from './test/support/private-mysql.mjs';

/** What every project has. */
const common = {
  testEnvironment: 'node',
  runtime: '<rootDir>/test/runtime/native-runtime.cjs',
};

/** A run's folder, and a MySQL server where there is none. */
const withDatabases = {
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

/** Specs of test/ that need neither an application nor a database. */
const WITHOUT_APPLICATION = [
  'app/lock-file.spec.ts',
  'app/package-weight.spec.ts',
  'architecture.spec.ts',
  'chaos/*.spec.ts',
  'dashboard/*.spec.ts',
  'delivery/addresses.spec.ts',
  'docs/changelog.spec.ts',
  'docs/commands.spec.ts',
  'docs/configuration.spec.ts',
  'docs/embedding.spec.ts',
  'docs/links.spec.ts',
  'docs/payloads.spec.ts',
  'docs/readme.spec.ts',
  'docs/receiving.spec.ts',
  'docs/webhooks.spec.ts',
  'fuzz/*.spec.ts',
  'planted/*.spec.ts',
];

/** Specs that start programs, kill them or their database, or take half a minute by their subject. */
const OF_PROCESSES = [
  'app/migration-kills.spec.ts',
  'app/package.spec.ts',
  'app/regular-expressions.spec.ts',
  'app/schema-commands.spec.ts',
  'app/start-up-faults.spec.ts',
  'dashboard/first-load.spec.ts',
  'database/patience.spec.ts',
  'database/sessions.spec.ts',
  'database/unreachable.spec.ts',
  'delivery/archive-kills.spec.ts',
  'delivery/crash-recovery.spec.ts',
  'delivery/hand-off-kills.spec.ts',
  'delivery/instances.spec.ts',
  'delivery/recovery.spec.ts',
  'delivery/retention.spec.ts',
  'operations/database-outage.spec.ts',
  'secrets/reseal.spec.ts',
  'secrets/rotation-under-load.spec.ts',
  'secrets/secret-leaks.spec.ts',
  'secrets/upgrade.spec.ts',
  'webhooks/import-matrix.spec.ts',
  'webhooks/import-strapi.spec.ts',
  'webhooks/many-webhooks.spec.ts',
];

/** Specs whose every test starts a MySQL-protocol server of its own. */
const OF_OWN_SERVERS = [
  'database/doubled-hour.spec.ts',
  'database/patience.spec.ts',
  'database/plain-sql.spec.ts',
  'database/sessions.spec.ts',
  'database/tls.spec.ts',
  'database/unreachable.spec.ts',
  'operations/database-outage.spec.ts',
];

/** Specs whose every test needs some MySQL-protocol server. */
const OF_A_SERVER = [
  'database/begin-with-first-statement.spec.ts',
  'delivery/busy-rows.spec.ts',
  'delivery/claims-without-locks.spec.ts',
  'delivery/hand-off-takeover.spec.ts',
  'delivery/instances.spec.ts',
  'delivery/transactions.spec.ts',
];

/**
 * Specs whose subject OceanBase's engine does not have: zones and certificates of its own, a log of all statements, a start
 * within seconds.
 */
const NOT_OF_OCEANBASE = [
  'database/doubled-hour.spec.ts',
  'database/patience.spec.ts',
  'database/plain-sql.spec.ts',
  'database/tls.spec.ts',
];

/** Specs that need an S3-compatible server: `npm run test:s3` starts one. */
const OF_A_BUCKET = ['delivery/archive-in-bucket.spec.ts'];

/** The specs that cannot run here: a file without a test would be a failure. The global setup says what is missing. */
function findLeftOut() {
  const wanted = wantedEngine();
  if (wanted === 'oceanbase') return NOT_OF_OCEANBASE;
  if (wanted !== null) return [];
  const isSqliteAlone = process.env.TEST_DATABASES === 'sqlite';
  const hasOwn = !isSqliteAlone && findMysql() !== null;
  const hasAny = !isSqliteAlone && (hasOwn || Boolean(process.env.TEST_DATABASE_URL));
  return [...(hasOwn ? [] : OF_OWN_SERVERS), ...(hasAny ? [] : OF_A_SERVER)];
}

const LEFT_OUT = [...findLeftOut(), ...(process.env.TEST_S3_ENDPOINT ? [] : OF_A_BUCKET)];

const inTest = (pattern) => `<rootDir>/test/${pattern}`;

/** The regular expression that says what a pattern of files does. */
const asExpression = (pattern) => `${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`;

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/src/**/*.spec.ts', ...WITHOUT_APPLICATION.map(inTest)],
      testPathIgnorePatterns: OF_PROCESSES.map(asExpression).map(inTest),
    },
    {
      ...common,
      ...withDatabases,
      displayName: 'integration',
      testMatch: [inTest('**/*.spec.ts')],
      testPathIgnorePatterns: [...WITHOUT_APPLICATION, ...OF_PROCESSES, ...LEFT_OUT]
        .map(asExpression)
        .map(inTest),
    },
    {
      ...common,
      ...withDatabases,
      displayName: 'process',
      testMatch: OF_PROCESSES.map(inTest),
      testPathIgnorePatterns: LEFT_OUT.map(asExpression).map(inTest),
    },
  ],
  // No test is about its time. The longest take half of it, on two cores beside other suites.
  testTimeout: 60_000,
};
