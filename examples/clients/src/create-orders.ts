import Database from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import { sqlitePathOf } from './place-order.js';

/** Creates the host's own table. */
export async function createOrders(url: string): Promise<void> {
  const path = sqlitePathOf(url);
  if (path !== null) {
    const database = new Database(path);
    database.pragma('journal_mode = WAL');
    database.exec(
      'CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY AUTOINCREMENT, client text NOT NULL, total int NOT NULL)',
    );
    database.close();
    return;
  }
  const connection = await createConnection(url);
  await connection.query(
    'CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY AUTO_INCREMENT, client varchar(191) NOT NULL, total int NOT NULL)',
  );
  await connection.end();
}
