import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { fromPrisma } from 'posthorn/prisma';
import { PrismaClient as MysqlClient } from '../generated/mysql/client.js';
import { PrismaClient as SqliteClient } from '../generated/sqlite/client.js';
import { type PlaceOrder, sqlitePathOf } from '../place-order.js';

export function connectPrisma(url: string): PlaceOrder {
  const path = sqlitePathOf(url);
  if (path !== null) {
    const prisma = new SqliteClient({ adapter: new PrismaBetterSqlite3({ url: `file:${path}` }) });
    return (data, change) =>
      prisma.$transaction(async (tx) => {
        await tx.order.create({ data });
        await change(fromPrisma(tx));
      });
  }
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  const prisma = new MysqlClient({
    adapter: new PrismaMariaDb({ host, port: Number(port), user, password, database: pathname.slice(1) }),
  });
  return (data, change) =>
    prisma.$transaction(async (tx) => {
      await tx.order.create({ data });
      await change(fromPrisma(tx));
    });
}
