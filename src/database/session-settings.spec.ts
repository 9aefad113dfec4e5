import { findUnpinned, findUnsafeSetting } from './session-settings.js';

const SAFE = {
  sql_mode: 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',
  time_zone: '+00:00',
  autocommit: 'ON',
  tx_isolation: 'READ-COMMITTED',
  character_set_client: 'utf8mb4',
  character_set_connection: 'utf8mb4',
  character_set_results: 'utf8mb4',
  completion_type: 'NO_CHAIN',
  sql_safe_updates: 'OFF',
};

const variables = (changed: Record<string, string>) => new Map(Object.entries({ ...SAFE, ...changed }));

describe('findUnsafeSetting', () => {
  it.each<Record<string, string>>([
    {},
    { sql_mode: 'STRICT_ALL_TABLES,ANSI_QUOTES' },
    { time_zone: 'SYSTEM' },
    { tx_isolation: 'REPEATABLE-READ' },
    { sql_select_limit: '18446744073709551615' },
    { sql_select_limit: '9223372036854775807' },
  ])('takes %j', (changed) => {
    expect(findUnsafeSetting(variables(changed))).toBeNull();
  });

  it.each<[Record<string, string>, string]>([
    [{ sql_mode: `${SAFE.sql_mode},NO_BACKSLASH_ESCAPES` }, 'run as SQL. Remove it from sql_mode'],
    [{ sql_mode: `${SAFE.sql_mode},EMPTY_STRING_IS_NULL` }, 'an empty text is stored as NULL'],
    [{ sql_mode: '' }, 'Add STRICT_TRANS_TABLES to sql_mode'],
    [{ autocommit: 'OFF' }, 'Set autocommit to ON'],
    [{ character_set_client: 'latin1' }, 'character_set_client is latin1'],
    [{ completion_type: 'CHAIN' }, 'Set completion_type to NO_CHAIN'],
    [{ sql_safe_updates: 'ON' }, 'Set sql_safe_updates to OFF'],
    [{ sql_select_limit: '1' }, 'sql_select_limit is 1, and a SELECT would leave rows out'],
    [{ sql_auto_is_null: 'ON' }, 'Set sql_auto_is_null to OFF'],
    [{ unique_checks: 'OFF' }, 'Set unique_checks to ON'],
    [{ transaction_read_only: 'ON' }, 'the server would refuse to write'],
    [{ tx_read_only: 'ON' }, 'the server would refuse to write'],
  ])('refuses %j in words', (changed, words) => {
    expect(findUnsafeSetting(variables(changed))).toContain(words);
  });
});

describe('findUnpinned', () => {
  it.each<[Record<string, string>, string | null]>([
    [{}, null],
    [{ time_zone: 'SYSTEM' }, 'time_zone is SYSTEM although +00:00 was set'],
    [
      { tx_isolation: 'REPEATABLE-READ' },
      'the isolation level is REPEATABLE-READ although READ-COMMITTED was set',
    ],
  ])('%j: %s', (changed, expected) => {
    expect(findUnpinned(variables(changed))).toBe(expected);
  });
});
