import type { Table } from 'typeorm';
import type { ContentType, RelationAttribute } from '../content-type.js';
import type { Filling } from './ensure-table.js';
import { entryTableOf, linkTableOf } from './table-names.js';

/** A content type gains drafts: its entries were seen by everyone so far, and stay so as they stand. */
export function publishAllEntries(table: Table, type: ContentType): Filling {
  const copied = table.columns
    .map(({ name }) => name)
    .filter((name) => name !== 'published_at' && name !== 'published_media');
  const columns = copied.map((name) => `\`${name}\``).join(', ');
  return async (runner, name) => {
    await runner.query(
      `INSERT INTO \`${name}\` (${columns}, \`published_at\`)
       SELECT ${columns}, \`updated_at\` FROM \`${entryTableOf(type, 'draft')}\``,
    );
  };
}

/** What {@link publishAllEntries} does, for what the entries point to. */
export function publishAllLinks(type: ContentType, attribute: RelationAttribute): Filling {
  return async (runner, name) => {
    await runner.query(
      `INSERT INTO \`${name}\` (entry_id, target_id, position)
       SELECT entry_id, target_id, position FROM \`${linkTableOf(type, attribute, 'draft')}\``,
    );
  };
}
