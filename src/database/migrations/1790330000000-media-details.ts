import type { MigrationInterface, QueryRunner, TableColumn } from 'typeorm';
import { columnsFor, NULLABLE } from '../columns.js';
import { dialectOf } from '../dialect.js';

/** Details of files: texts, an image's size and its smaller versions. */
export class MediaDetails1790330000000 implements MigrationInterface {
  name = 'MediaDetails1790330000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of newColumns(runner)) {
      if (!(await runner.hasColumn('files', column.name))) await runner.addColumn('files', column);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of newColumns(runner)) await runner.dropColumn('files', column.name);
  }
}

function newColumns(runner: QueryRunner): TableColumn[] {
  const column = columnsFor(dialectOf(runner));
  return [
    column.longText('alternative_text', NULLABLE),
    column.longText('caption', NULLABLE),
    column.longText('focal_point', NULLABLE),
    column.int('width', NULLABLE),
    column.int('height', NULLABLE),
    column.longText('formats', NULLABLE),
  ];
}
