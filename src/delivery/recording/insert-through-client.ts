import type { DataSource } from 'typeorm';
import { slotOf } from '../../database/clients/client-statements.js';
import type { ClientTransaction, ClientValue } from '../../database/clients/client-transaction.js';
import { dialectOf, tableOf, upsertIncrement } from '../../database/dialect.js';
import { WebhookEventEntity, WebhookSequenceEntity } from '../model/delivery-entities.js';
import { COLUMNS_OF_EVENT, type EventRow } from './insert-event.js';

/** The last two columns of an event's row are its place in a line. */
const COLUMNS_OF_ORDER = 2;

/**
 * Inserts the row of an event into the transactional outbox, in the transaction of a host's client. What clients answer
 * differs, so that nothing is read: where the event stands in a line, the database copies its position.
 *
 * @param orderKey of the line, as `hashOrderKey` gives it; null: none
 */
export async function insertThroughClient(
  dataSource: DataSource,
  transaction: ClientTransaction,
  row: EventRow,
  orderKey: string | null,
): Promise<void> {
  const dialect = dialectOf(dataSource);
  const run = (values: readonly ClientValue[], toSql: (slots: string[]) => string) => {
    const slots = values.map((value) => slotOf(value, dialect));
    const sql = toSql(slots.map((slot) => slot.sql));
    return transaction.run({ sql, values: slots.map(({ value }) => value) }, dialect);
  };
  const into = `INSERT INTO ${tableOf(dataSource, WebhookEventEntity)} (${COLUMNS_OF_EVENT})`;
  if (orderKey === null) {
    await run(row, (slots) => `${into} VALUES (${slots.join(', ')})`);
    return;
  }
  const sequences = tableOf(dataSource, WebhookSequenceEntity);
  const end = upsertIncrement(dataSource, 'order_key', 'sequence');
  await run([orderKey], ([key]) => `INSERT INTO ${sequences} (order_key, sequence) VALUES (${key}, 1)${end}`);
  await run([...row.slice(0, -COLUMNS_OF_ORDER), orderKey], (slots) => {
    const key = slots.pop();
    return `${into} SELECT ${slots.join(', ')}, order_key, sequence FROM ${sequences} WHERE order_key = ${key}`;
  });
}
