import Database from 'better-sqlite3';
import { type Dialect, Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { fromKysely } from 'posthorn/kysely';
import { type Order, type PlaceOrder, sqlitePathOf } from '../place-order.js';

export function connectKysely(url: string): PlaceOrder {
  const path = sqlitePathOf(url);
  const dialect: Dialect =
    path === null
      ? new MysqlDialect({ pool: createPool(url) })
      : new SqliteDialect({ database: new Database(path) });
  const db = new Kysely<{ orders: Order }>({ dialect });
  return (order, change) =>
    db.transaction().execute(async (trx) => {
      await trx.insertInto('orders').values(order).execute();
      await change(fromKysely(trx));
    });
}
