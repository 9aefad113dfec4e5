import type { MigrationInterface, QueryRunner } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** What is recorded of an event beside its snapshot: previous values, the actor, what Strapi 5 tells more. */
export class EventContext1790150000000 implements MigrationInterface {
  name = 'EventContext1790150000000';

  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('webhook_events', 'context')) return;
    await runner.addColumn('webhook_events', columnsFor(dialectOf(runner)).longText('context', NULLABLE));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('webhook_events', 'context');
  }
}
