import { fromTypeOrm } from 'posthorn';
import { DataSource } from 'typeorm-0.3';
import { type PlaceOrder, sqlitePathOf } from '../place-order.js';

/** A host that stays with TypeORM 0.3. */
export function connectTypeOrm(url: string): PlaceOrder {
  const path = sqlitePathOf(url);
  const dataSource = new DataSource(
    path === null ? { type: 'mysql', url } : { type: 'better-sqlite3', database: path },
  );
  const ready = dataSource.initialize();
  return async ({ client, total }, change) => {
    await ready;
    await dataSource.transaction(async (manager) => {
      await manager.query('INSERT INTO orders (client, total) VALUES (?, ?)', [client, total]);
      await change(fromTypeOrm(manager));
    });
  };
}
