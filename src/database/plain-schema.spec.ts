import { type QueryRunner, Table } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from './columns.js';
import { writePlainSql } from './plain-schema.js';
import { liftServerLimits } from './server-limits.js';

/** A query runner that notes statements and answers with what it is given. */
function runnerOf(answer: (sql: string) => unknown[] = () => []): { runner: QueryRunner; sent: string[] } {
  const sent: string[] = [];
  const runner = {
    dataSource: { options: { type: 'mysql' } },
    query: async (sql: string) => {
      sent.push(sql);
      return answer(sql);
    },
  };
  return { runner: runner as unknown as QueryRunner, sent };
}

const column = columnsFor('mysql');

describe('writePlainSql', () => {
  it('names tables by their names alone', async () => {
    const { runner, sent } = runnerOf();
    const plain = writePlainSql(runner);
    await plain.addColumn('webhooks', column.int('rate_limit', NULLABLE));
    await plain.dropColumn('webhooks', 'rate_limit');
    await plain.dropTable('webhooks', true);
    await plain.createTable(new Table({ name: 'one', columns: [column.id('id', PRIMARY)] }), true);
    expect(sent).toEqual([
      'ALTER TABLE `webhooks` ADD COLUMN `rate_limit` int NULL',
      'ALTER TABLE `webhooks` DROP COLUMN `rate_limit`',
      'DROP TABLE IF EXISTS `webhooks`',
      'CREATE TABLE IF NOT EXISTS `one` (\n  `id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB',
    ]);
  });

  it('takes no table for another one whose name is like it', async () => {
    const { runner } = runnerOf(() => [{ Tables_in_x: 'webhookXevents' }]);
    expect(await writePlainSql(runner).hasTable('webhook_events')).toBe(false);
  });

  it('sends a statement again while another change of the schema is made', async () => {
    let refusals = 2;
    const { runner, sent } = runnerOf(() => {
      if (refusals-- > 0) throw new Error('Schema try again');
      return [];
    });
    await writePlainSql(runner).dropTable('webhooks');
    expect(sent).toHaveLength(3);
  });

  it('gives up at once on any other error', async () => {
    const { runner, sent } = runnerOf(() => {
      throw new Error('Table is read only');
    });
    await expect(writePlainSql(runner).dropTable('webhooks')).rejects.toThrow('read only');
    expect(sent).toHaveLength(1);
  });
});

describe('liftServerLimits', () => {
  it('lifts the limits that the server has, and sets them again', async () => {
    const { runner, sent } = runnerOf((sql) =>
      sql.startsWith('SHOW')
        ? [
            { Variable_name: 'ob_query_timeout', Value: '10000000' },
            { Variable_name: 'max_execution_time', Value: '30000' },
          ]
        : [],
    );
    const restore = await liftServerLimits(runner);
    await restore();
    expect(sent.slice(1)).toEqual([
      'SET SESSION ob_query_timeout = 86400000000, SESSION max_execution_time = 0',
      'SET SESSION ob_query_timeout = 10000000, SESSION max_execution_time = 30000',
    ]);
  });

  it('sends nothing to a server without one', async () => {
    const { runner, sent } = runnerOf();
    await (
      await liftServerLimits(runner)
    )();
    expect(sent).toHaveLength(1);
  });
});
