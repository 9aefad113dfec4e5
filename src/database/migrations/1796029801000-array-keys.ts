import type { MigrationInterface, QueryRunner } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

const TABLE = 'webhook_idempotency_keys';

/** The ids that an array of events was answered with, beside its `Idempotency-Key`. */
export class ArrayKeys1796029801000 implements MigrationInterface {
  name = 'ArrayKeys1796029801000';

  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn(TABLE, 'event_ids')) return;
    await runner.addColumn(TABLE, columnsFor(dialectOf(runner)).longText('event_ids', NULLABLE));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn(TABLE, 'event_ids');
  }
}
