import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

const TABLE = 'webhooks';

/** Replaced secrets, a second signature header, and the way in which the secrets of a row are encrypted. */
export class Secrets1790210000000 implements MigrationInterface {
  name = 'Secrets1790210000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of columns(runner)) {
      if (!(await runner.hasColumn(TABLE, column.name))) await runner.addColumn(TABLE, column);
    }
    const existing = await runner.getTable(TABLE);
    const index = bySealVersion();
    if (!existing?.indices.some(({ name }) => name === index.name)) await runner.createIndex(TABLE, index);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex(TABLE, bySealVersion());
    for (const { name } of columns(runner)) await runner.dropColumn(TABLE, name);
  }
}

function columns(runner: QueryRunner) {
  const column = columnsFor(dialectOf(runner));
  return [
    column.longText('previous_secrets', NULLABLE),
    column.boolean('hub_signature', { default: 0 }),
    // 0: an older row, whose headers are plain text. A step at start encrypts them, because SQL does not know the key.
    column.int('seal_version', { default: 0 }),
  ];
}

function bySealVersion(): TableIndex {
  return new TableIndex({ name: 'webhooks_by_seal_version', columnNames: ['seal_version', 'id'] });
}
