import { drizzle as overLibsql } from 'drizzle-orm/libsql';
import * as mysql from 'drizzle-orm/mysql-core';
import { drizzle as overMysql2 } from 'drizzle-orm/mysql2';
import * as sqlite from 'drizzle-orm/sqlite-core';
import { fromDrizzle } from 'posthorn/drizzle';
import { type PlaceOrder, sqlitePathOf } from '../place-order.js';

const ofMysql = mysql.mysqlTable('orders', { client: mysql.text(), total: mysql.int() });
const ofSqlite = sqlite.sqliteTable('orders', { client: sqlite.text(), total: sqlite.integer() });

export function connectDrizzle(url: string): PlaceOrder {
  const path = sqlitePathOf(url);
  if (path !== null) {
    const db = overLibsql(`file:${path}`);
    return (order, change) =>
      db.transaction(async (tx) => {
        await tx.insert(ofSqlite).values(order);
        await change(fromDrizzle(tx));
      });
  }
  const db = overMysql2(url);
  return (order, change) =>
    db.transaction(async (tx) => {
      await tx.insert(ofMysql).values(order);
      await change(fromDrizzle(tx));
    });
}
