export const system = {
  title: 'System',
  database: 'Database',
  engine: 'Engine',
  engines: {
    sqlite: 'SQLite',
    mysql: 'MySQL',
    mariadb: 'MariaDB',
    oceanbase: 'OceanBase',
    tidb: 'TiDB',
    vitess: 'Vitess',
  } as Record<string, string>,
  session: 'Session settings',
  sessionKept: 'As they were set',
  lockedRows: 'Rows that are locked',
  locked: {
    skipped: 'Skipped, as asked for',
    ignored: 'Read as if they were free',
    awaited: 'Waited for',
  } as Record<string, string>,
  sharedLocks: 'Shared locks',
  shared: {
    held: 'Hold others off',
    ignored: 'Hold nobody',
  } as Record<string, string>,
  notAsked: 'Not asked',
  noLocks: 'None: one writer at a time',
  replica: 'Read replica',
  replicaUsed: (seconds: number | null) =>
    seconds === null || seconds === 0 ? 'Used, less than 2 s behind' : `Used, ${seconds} s behind`,
  replicaUnused: (problem: string | null) => `Not used now: ${problem ?? 'not known why'}`,
  asked: 'Asked',
  problems: 'What does not work as it was asked for',
} as const;
