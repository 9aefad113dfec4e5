import type { MigrationInterface, QueryRunner } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** The context of an event, recorded beside its snapshot: previous values, the actor, Strapi 5's additions. */
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
