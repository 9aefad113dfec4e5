import { splitModes, type Variables } from './session-variables.js';

/** Strict, and nothing that changes what a statement means; the order does not matter. */
const SQL_MODES = ['STRICT_TRANS_TABLES', 'ERROR_FOR_DIVISION_BY_ZERO', 'NO_ENGINE_SUBSTITUTION'];

/** A session setting is one with which statements would not do what they say. The message says what to set. */
export class DatabaseSessionError extends Error {
  override readonly name = 'DatabaseSessionError';
}

/**
 * The statements that pin the settings of a session, whatever the server's defaults are.
 *
 * @param lockWaitSeconds how long a statement waits for a row lock before it fails and may be repeated
 */
export function pinStatements(lockWaitSeconds: number): string[] {
  return [
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
    [
      `SET sql_mode = '${SQL_MODES.join(',')}'`,
      "time_zone = '+00:00'",
      'autocommit = 1',
      'character_set_client = utf8mb4',
      'character_set_results = utf8mb4',
      // Sets character_set_connection too.
      'collation_connection = utf8mb4_general_ci',
      "completion_type = 'NO_CHAIN'",
      'sql_safe_updates = 0',
      'sql_auto_is_null = 0',
      // The highest that every engine reads: Vitess and OceanBase take no larger number.
      'sql_select_limit = 9223372036854775807',
      'foreign_key_checks = 1',
      'unique_checks = 1',
      // A table of another engine would have no transactions.
      'default_storage_engine = InnoDB',
      `innodb_lock_wait_timeout = ${lockWaitSeconds}`,
    ].join(', '),
  ];
}

/** Modes of sql_mode that change what a statement means, and what they do. */
const UNSAFE_MODES: Record<string, string> = {
  NO_BACKSLASH_ESCAPES: 'with it a text that is escaped by backslashes can end early and run as SQL',
  EMPTY_STRING_IS_NULL: 'with it an empty text is stored as NULL',
  SIMULTANEOUS_ASSIGNMENT: 'with it an UPDATE counts from other values',
  ORACLE: 'with it the server reads another SQL',
};

const STRICT_MODES = ['STRICT_TRANS_TABLES', 'STRICT_ALL_TABLES'];

/** What must hold of a session, ours or a host's: the variable's name, its value, and what another would do. */
const REQUIRED: { name: string; value: string; alsoFine?: string; otherwise: string }[] = [
  {
    name: 'autocommit',
    value: 'ON',
    otherwise: 'statements outside of a transaction would never be committed',
  },
  ...['character_set_client', 'character_set_connection', 'character_set_results'].map((name) => ({
    name,
    value: 'utf8mb4',
    otherwise: 'text would be changed on its way',
  })),
  { name: 'completion_type', value: 'NO_CHAIN', otherwise: 'a COMMIT would begin another transaction' },
  { name: 'sql_safe_updates', value: 'OFF', otherwise: 'the server would refuse statements' },
  {
    name: 'sql_select_limit',
    value: '18446744073709551615',
    // What ours is set to.
    alsoFine: '9223372036854775807',
    otherwise: 'a SELECT would leave rows out',
  },
  {
    name: 'sql_auto_is_null',
    value: 'OFF',
    otherwise: 'a comparison with NULL would find the row inserted last',
  },
  { name: 'unique_checks', value: 'ON', otherwise: 'a unique key could be there twice' },
  ...['transaction_read_only', 'tx_read_only'].map((name) => ({
    name,
    value: 'OFF',
    otherwise: 'the server would refuse to write',
  })),
];

/**
 * What is unsafe about the settings of a session.
 *
 * @returns a clause that names the setting, its value and what to set; null where all is well
 */
export function findUnsafeSetting(variables: Variables): string | null {
  const modes = splitModes(variables);
  const unsafe = modes.find((mode) => mode in UNSAFE_MODES);
  if (unsafe) return `sql_mode has ${unsafe}, and ${UNSAFE_MODES[unsafe]}. Remove it from sql_mode`;
  if (!modes.some((mode) => STRICT_MODES.includes(mode))) {
    return `sql_mode is "${variables.get('sql_mode') ?? ''}", without STRICT_TRANS_TABLES, and text that is too long would be cut. Add STRICT_TRANS_TABLES to sql_mode`;
  }
  for (const { name, value, alsoFine, otherwise } of REQUIRED) {
    const found = variables.get(name);
    // A server that does not have the variable does not have what it would change.
    if (found === undefined || found === value || found === alsoFine) continue;
    return `${name} is ${found}, and ${otherwise}. Set ${name} to ${value}`;
  }
  return null;
}

/**
 * What the server did not take of {@link pinStatements}: as {@link findUnsafeSetting}, and for the settings that matter
 * to our own sessions alone.
 */
export function findUnpinned(variables: Variables): string | null {
  const unsafe = findUnsafeSetting(variables);
  if (unsafe !== null) return unsafe;
  const timeZone = variables.get('time_zone');
  if (timeZone !== '+00:00') return `time_zone is ${timeZone} although +00:00 was set`;
  const isolation = variables.get('transaction_isolation') ?? variables.get('tx_isolation');
  if (isolation !== 'READ-COMMITTED')
    return `the isolation level is ${isolation} although READ-COMMITTED was set`;
  return null;
}
