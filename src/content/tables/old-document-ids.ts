import type { QueryRunner } from 'typeorm';
import { placeholders } from '../../database/dialect.js';
import { documentIdOf } from '../document-id.js';

const AT_A_TIME = 500;

/**
 * Writes a document id to every entry that has none, so many at a time. Should it be cut off, nothing is lost: what has
 * none is told under the same one.
 */
export async function writeDocumentIds(runner: QueryRunner, table: string, uid: string): Promise<void> {
  for (let last = 0; ;) {
    const rows = (await runner.query(
      `SELECT id FROM \`${table}\` WHERE id > ? AND document_id IS NULL ORDER BY id LIMIT ${AT_A_TIME}`,
      [last],
    )) as { id: number }[];
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    await runner.query(
      `UPDATE \`${table}\` SET document_id = CASE id ${'WHEN ? THEN ? '.repeat(ids.length)}END
       WHERE id IN (${placeholders(ids.length)})`,
      [...ids.flatMap((id) => [id, documentIdOf(uid, id)]), ...ids],
    );
    last = ids.at(-1) ?? last;
  }
}
