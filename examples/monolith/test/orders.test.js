// For Vitest. `npm run build` comes before.
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { ClsPluginTransactional, TransactionHost } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { ClsModule } from 'nestjs-cls';
import { verifyWebhook, Webhooks, webhooksEntities, WebhooksModule } from 'posthorn';
import { catchRequests, expectAnnounced, flush, listAnnounced, startReceiver } from 'posthorn/testing';
import { Order } from '../dist/orders/order.entity.js';
import { OrdersService } from '../dist/orders/orders.service.js';

const ME = { tenant: null, scopes: ['*'] };

describe('Orders', () => {
  let app;
  let orders;

  beforeEach(async () => {
    const adapter = new TransactionalAdapterTypeOrm({ dataSourceToken: getDataSourceToken() });
    app = await Test.createTestingModule({
      imports: [
        EventEmitterModule.forRoot(),
        ClsModule.forRoot({
          global: true,
          plugins: [new ClsPluginTransactional({ imports: [TypeOrmModule], adapter })],
        }),
        TypeOrmModule.forRoot({
          type: 'better-sqlite3',
          database: ':memory:',
          entities: [Order, ...webhooksEntities()],
          synchronize: true,
        }),
        WebhooksModule.forRootAsync({
          controllers: false,
          migrate: true,
          inject: [TransactionHost],
          useFactory: (transactions) => ({
            secretsKey: randomBytes(32).toString('base64'),
            worker: false,
            manager: () => transactions.tx,
          }),
        }),
      ],
      providers: [OrdersService],
    }).compile();
    await app.init();
    orders = app.get(OrdersService);
  });

  afterEach(() => app.close());

  it('announce what is placed and what is shipped', async () => {
    const { id } = await orders.place(42, false);
    await orders.ship(id, 'post', false);
    await expectAnnounced(app, { type: 'order.placed', data: { total: expect.any(Number) } });
    await expectAnnounced(app, { type: 'order.shipped', data: { carrier: 'post' }, key: String(id) });
  });

  it('announce nothing that is rolled back', async () => {
    await expect(orders.place(42, true)).rejects.toThrow('The warehouse said no.');
    expect(await listAnnounced(app)).toEqual([]);
  });

  it('reach a receiver on this machine, and without a socket any other', async () => {
    const receiver = await startReceiver();
    const webhook = { name: 'crm', url: receiver.url, headers: {}, events: ['*'] };
    const { secret } = await app.get(Webhooks).create(ME, webhook);
    await orders.place(1, false);
    await flush(app);
    const [request] = await receiver.received(1);
    expect(verifyWebhook({ ...request, secrets: secret }).data.total).toBe(1);
    await receiver.close();

    const catcher = catchRequests(app);
    await orders.place(2, false);
    await flush(app);
    expect(catcher.requests[0].json().data.total).toBe(2);
  });
});
