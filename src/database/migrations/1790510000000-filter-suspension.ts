import type { MigrationInterface, QueryRunner } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** When a webhook's filter was suspended, because its evaluations had to be stopped. */
export class FilterSuspension1790510000000 implements MigrationInterface {
  name = 'FilterSuspension1790510000000';

  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('webhooks', 'filter_suspended_at')) return;
    await runner.addColumn(
      'webhooks',
      columnsFor(dialectOf(runner)).epochMs('filter_suspended_at', NULLABLE),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('webhooks', 'filter_suspended_at');
  }
}
