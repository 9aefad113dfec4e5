import knexOf from 'knex';
import { fromKnex } from 'posthorn/knex';
import { type PlaceOrder, sqlitePathOf } from '../place-order.js';

export function connectKnex(url: string): PlaceOrder {
  const path = sqlitePathOf(url);
  const knex =
    path === null
      ? knexOf({ client: 'mysql2', connection: url })
      : knexOf({ client: 'better-sqlite3', connection: { filename: path }, useNullAsDefault: true });
  return (order, change) =>
    knex.transaction(async (trx) => {
      await trx('orders').insert(order);
      await change(fromKnex(trx));
    });
}
