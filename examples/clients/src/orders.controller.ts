import { Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { WebhookPublisher } from 'posthorn';
import { connectDrizzle } from './clients/drizzle.js';
import { connectKnex } from './clients/knex.js';
import { connectKysely } from './clients/kysely.js';
import { connectMysql2 } from './clients/mysql2.js';
import { connectPrisma } from './clients/prisma.js';
import { connectSequelize } from './clients/sequelize.js';
import { connectTypeOrm } from './clients/typeorm-0.3.js';
import { type PlaceOrder, sqlitePathOf } from './place-order.js';

const url = process.env['DATABASE_URL'] ?? '';

const CLIENTS: Record<string, PlaceOrder> = {
  prisma: connectPrisma(url),
  drizzle: connectDrizzle(url),
  kysely: connectKysely(url),
  knex: connectKnex(url),
  'typeorm-0.3': connectTypeOrm(url),
  ...(sqlitePathOf(url) === null ? { mysql2: connectMysql2(url), sequelize: connectSequelize(url) } : {}),
};

@Controller('orders')
export class OrdersController {
  constructor(private readonly publisher: WebhookPublisher) {}

  @Post(':client')
  @HttpCode(204)
  async place(@Param('client') client: string, @Query('fail') fail?: string): Promise<void> {
    const place = CLIENTS[client];
    if (!place) throw new Error(`There is no client ${client}.`);
    const order = { client, total: 42 };
    await place(order, async (tx) => {
      await this.publisher.publish(tx, { type: 'order.placed', data: order });
      if (fail !== undefined) throw new Error('The warehouse said no.');
    });
    this.publisher.wake();
  }
}
