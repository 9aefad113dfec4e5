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
  'database/sessions.spec.ts',
  'database/unreachable.spec.ts',
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
      testPathIgnorePatterns: [...WITHOUT_APPLICATION, ...OF_PROCESSES].map(asExpression).map(inTest),
    },
    {
      ...common,
      ...withDatabases,
      displayName: 'process',
      testMatch: OF_PROCESSES.map(inTest),
    },
  ],
  testTimeout: 30_000,
};
