import type { QueryRunner, Table } from 'typeorm';
import { placeholders } from '../../database/dialect.js';
import { deriveDocumentId } from '../document-id.js';
import type { ContentType, RelationAttribute } from '../content-type.js';
import type { Filling } from './ensure-table.js';
import { getEntryTable, getLinkTable, isListedByTarget } from './table-names.js';

const BATCH_SIZE = 500;

/**
 * Writes a document id to every entry without one, in batches. An interruption does no harm: until the id is stored,
 * `deriveDocumentId` returns the same one.
 */
export async function writeDocumentIds(runner: QueryRunner, table: string, uid: string): Promise<void> {
  for (let last = 0; ;) {
    const rows = (await runner.query(
      `SELECT id FROM \`${table}\` WHERE id > ? AND document_id IS NULL ORDER BY id LIMIT ${BATCH_SIZE}`,
      [last],
    )) as { id: number }[];
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    await runner.query(
      `UPDATE \`${table}\` SET document_id = CASE id ${'WHEN ? THEN ? '.repeat(ids.length)}END
       WHERE id IN (${placeholders(ids.length)})`,
      [...ids.flatMap((id) => [id, deriveDocumentId(uid, id)]), ...ids],
    );
    last = ids.at(-1) ?? last;
  }
}

/** Publishes all entries of a content type that gains draft and publish: they were public before. */
export function publishAllEntries(table: Table, type: ContentType): Filling {
  const copied = table.columns
    .map(({ name }) => name)
    .filter((name) => name !== 'published_at' && name !== 'published_media');
  const columns = copied.map((name) => `\`${name}\``).join(', ');
  return async (runner, name) => {
    await runner.query(
      `INSERT INTO \`${name}\` (${columns}, \`published_at\`)
       SELECT ${columns}, \`updated_at\` FROM \`${getEntryTable(type, 'draft')}\``,
    );
  };
}

/** {@link publishAllEntries} for a link table. */
export function publishAllLinks(type: ContentType, attribute: RelationAttribute): Filling {
  const columns = `entry_id, target_id, position${isListedByTarget(attribute) ? ', target_place' : ''}`;
  return async (runner, name) => {
    await runner.query(
      `INSERT INTO \`${name}\` (${columns})
       SELECT ${columns} FROM \`${getLinkTable(type, attribute, 'draft')}\``,
    );
  };
}
