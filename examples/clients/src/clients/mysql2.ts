import { createPool } from 'mysql2/promise';
import { fromMysql2 } from 'posthorn/mysql2';
import type { PlaceOrder } from '../place-order.js';

export function connectMysql2(url: string): PlaceOrder {
  const pool = createPool(url);
  return async ({ client, total }, change) => {
    const connection = await pool.getConnection();
    try {
      await connection.beginTransaction();
      await connection.execute('INSERT INTO orders (client, total) VALUES (?, ?)', [client, total]);
      await change(fromMysql2(connection));
      await connection.commit();
    } catch (error) {
      await connection.rollback();
      throw error;
    } finally {
      connection.release();
    }
  };
}
