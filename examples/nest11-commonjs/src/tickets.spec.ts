import { randomBytes } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  fromTypeOrm,
  type HostCaller,
  verifyWebhook,
  Webhooks,
  webhooksEntities,
  WebhooksModule,
} from 'posthorn';
import { fromKnex } from 'posthorn/knex';
import {
  catchRequests,
  expectAnnounced,
  flush,
  listAnnounced,
  signWebhook,
  startReceiver,
} from 'posthorn/testing';
import { Ticket, TicketsController } from './app.module';

const ME: HostCaller = { tenant: null, scopes: ['*'] };

describe('Tickets', () => {
  let app: TestingModule;

  beforeEach(async () => {
    app = await Test.createTestingModule({
      imports: [
        TypeOrmModule.forRoot({
          name: 'tickets',
          type: 'better-sqlite3',
          database: ':memory:',
          entities: [Ticket, ...webhooksEntities()],
          synchronize: true,
        }),
        WebhooksModule.forRoot({
          secretsKey: randomBytes(32).toString('base64'),
          dataSource: 'tickets',
          migrate: true,
          controllers: false,
          worker: false,
        }),
      ],
      controllers: [TicketsController],
    }).compile();
    await app.init();
  });

  afterEach(() => app.close());

  it('announces a ticket that is opened', async () => {
    const { id } = await app.get(TicketsController).open();
    await expectAnnounced(app, { type: 'ticket.opened', data: { id: expect.any(Number) }, key: String(id) });
  });

  it('announces none that is rolled back', async () => {
    await expect(app.get(TicketsController).open('fail')).rejects.toThrow('No tickets today.');
    expect(await listAnnounced(app)).toEqual([]);
  });

  it('sends it to a receiver on this machine', async () => {
    const receiver = await startReceiver();
    const webhook = { name: 'crm', url: receiver.url, headers: {}, events: ['*'] };
    const { secret } = await app.get(Webhooks).create(ME, webhook);
    await app.get(TicketsController).open();
    await flush(app);
    const [request] = await receiver.received(1);
    expect(verifyWebhook({ ...request, secrets: secret })).toMatchObject({ event: 'ticket.opened' });
    await receiver.close();
  });

  it('sends it without a socket', async () => {
    const catcher = catchRequests(app);
    const webhook = { name: 'crm', url: 'https://crm.example/hooks', headers: {}, events: ['*'] };
    await app.get(Webhooks).create(ME, webhook);
    await app.get(TicketsController).open();
    await flush(app);
    expect(catcher.requests).toHaveLength(1);
  });

  it('receives what is signed', () => {
    const secret = 'the text that GitHub shows';
    const signed = signWebhook({ secret, body: { zen: 'Keep it simple.' }, scheme: 'github' });
    expect(verifyWebhook({ ...signed, secrets: secret, scheme: 'github' })).toHaveProperty('zen');
  });

  it('has the adapters of other clients', () => {
    expect(() => fromKnex({} as never)).toThrow('no open transaction');
    expect(() => fromTypeOrm({} as never)).toThrow('no open transaction');
  });
});
