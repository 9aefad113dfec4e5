import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

const TABLE = 'webhook_events';

/** Who published an event through the API, and an index for the audit log, which lists those events. */
export class PublishedBy1796029802000 implements MigrationInterface {
  name = 'PublishedBy1796029802000';

  async up(runner: QueryRunner): Promise<void> {
    const column = columnsFor(dialectOf(runner));
    for (const added of [
      column.epochMs('published_at', NULLABLE),
      column.longText('published_by', NULLABLE),
    ]) {
      if (!(await runner.hasColumn(TABLE, added.name))) await runner.addColumn(TABLE, added);
    }
    const existing = await runner.getTable(TABLE);
    const index = byPublication();
    if (!existing?.indices.some(({ name }) => name === index.name)) await runner.createIndex(TABLE, index);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex(TABLE, byPublication());
    await runner.dropColumn(TABLE, 'published_by');
    await runner.dropColumn(TABLE, 'published_at');
  }
}

/** The time is that in the id, so that this is the order of the ids; of events that nobody published it is null. */
function byPublication(): TableIndex {
  return new TableIndex({ name: 'webhook_events_published', columnNames: ['published_at', 'id'] });
}
