/** Variables of a session by their names. */
export type Variables = ReadonlyMap<string, string>;

const NAMES = [
  'sql_mode',
  'time_zone',
  'autocommit',
  // MySQL, MariaDB 11.1 and newer; then older MariaDB.
  'transaction_isolation',
  'tx_isolation',
  'character_set_client',
  'character_set_connection',
  'character_set_results',
  'completion_type',
  'sql_safe_updates',
  'sql_select_limit',
  'sql_auto_is_null',
  'unique_checks',
  'transaction_read_only',
  'tx_read_only',
  'read_only',
  'innodb_read_only',
];

/** Reads the variables of the session that decide what its statements mean and whether they may write. It has no parameters to escape. */
export const READ_VARIABLES = `SHOW SESSION VARIABLES WHERE Variable_name IN (${NAMES.map((name) => `'${name}'`).join(', ')})`;

/** Reads the rows of {@link READ_VARIABLES}, whose column names some servers write in another case. */
export function toVariables(rows: readonly object[]): Variables {
  return new Map(
    rows.map((row) => {
      const [name, value] = Object.values(row) as unknown[];
      return [String(name).toLowerCase(), String(value)];
    }),
  );
}

/** The modes of `sql_mode`. */
export function splitModes(variables: Variables): string[] {
  return (variables.get('sql_mode') ?? '').split(',').filter((mode) => mode !== '');
}
