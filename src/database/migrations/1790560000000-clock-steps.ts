import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE, PRIMARY } from '../columns.js';
import { dialectOf, insertIgnore } from '../dialect.js';
import { addPrefix } from '../prefixed-runner.js';

/** The latest time that an instance has seen, to notice a clock that was set back; the time of a change for open pages. */
export class ClockSteps1790560000000 implements MigrationInterface {
  name = 'ClockSteps1790560000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(clockTable(runner), true);
    await runner.query(
      `${insertIgnore(dialectOf(runner))} ${addPrefix(runner, 'webhook_clock')} (\`id\`, \`latest\`, \`ahead_ms\`) VALUES (1, 0, 0)`,
    );
    const at = columnsFor(dialectOf(runner)).epochMs('at', NULLABLE);
    if (!(await runner.hasColumn('webhook_changes', at.name))) await runner.addColumn('webhook_changes', at);
    const table = await runner.getTable('webhook_changes');
    const index = changesByTime();
    if (!table?.indices.some(({ name }) => name === index.name)) {
      await runner.createIndex('webhook_changes', index);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('webhook_changes', changesByTime());
    await runner.dropColumn('webhook_changes', 'at');
    await runner.dropTable('webhook_clock', true);
  }
}

function changesByTime(): TableIndex {
  return new TableIndex({ name: 'webhook_changes_by_time', columnNames: ['at'] });
}

function clockTable(runner: QueryRunner): Table {
  const column = columnsFor(dialectOf(runner));
  return new Table({
    name: 'webhook_clock',
    columns: [column.int('id', PRIMARY), column.epochMs('latest'), column.epochMs('ahead_ms')],
  });
}
