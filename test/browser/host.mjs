// A small application of somebody else's that has Posthorn in it, with the page under a prefix of its own.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, UnauthorizedException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

const COOKIE = 'shop-session=known';

/** Whoever has the shop's cookie is one of its administrators. */
const ADMINS_ONLY = {
  canActivate(context) {
    const { cookie } = context.switchToHttp().getRequest().headers;
    if (cookie?.includes(COOKIE)) return true;
    throw new UnauthorizedException();
  },
};

/** Starts the host on SQLite in this process; `publish(event)` says that something happened in it. */
export async function startHost(routePrefix) {
  const { WebhookPublisher, WebhooksModule, webhooksEntities } = await import('../../dist/index.js');
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-host-'));
  class Shop {}
  Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        database: join(folder, 'shop.sqlite'),
        entities: webhooksEntities(),
        enableWAL: true,
      }),
      WebhooksModule.forRoot({
        secretsKey: randomBytes(32).toString('base64'),
        eventTypes: [{ name: 'order.placed', description: 'Somebody bought something.' }],
        webhooks: { allowedNetworks: '127.0.0.0/8' },
        guards: [ADMINS_ONLY],
        migrate: true,
        dashboard: true,
        routePrefix,
      }),
    ],
  })(Shop);
  const app = await NestFactory.create(Shop, { logger: ['error', 'warn'], forceCloseConnections: true });
  await app.listen(0, '127.0.0.1');
  const baseUrl = (await app.getUrl()).replace(/\/$/, '');
  return {
    baseUrl,
    pageUrl: `${baseUrl}/${routePrefix}/dashboard`,
    cookie: COOKIE,
    publish: (event) =>
      app
        .get(DataSource)
        .transaction((manager) => app.get(WebhookPublisher, { strict: false }).publish(manager, event)),
    end: async () => {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
