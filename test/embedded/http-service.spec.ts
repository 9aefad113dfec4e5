import { HttpModule, HttpService } from '@nestjs/axios';
import { DataSource } from 'typeorm';
import { WebhookPublisher } from '../../src/app/embedded/webhook-publisher.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { createWebhook } from '../support/webhooks.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { type HostApp, startHost } from './host-app.js';

describeOnAnyDatabase('A host that gives its HttpService', (kind) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let host: HostApp;
  let http: HttpService;

  beforeEach(async () => {
    database = await kind.createEmpty();
    receiver = await startReceiver();
    host = await startHost({
      databaseUrl: database.url,
      module: {
        imports: [HttpModule],
        inject: [HttpService],
        options: (httpService: HttpService) => {
          http = httpService;
          return { httpService };
        },
      },
    });
    await createWebhook(host.http, receiver.url);
  });

  afterEach(async () => {
    await host.close();
    await receiver.close();
    await database.drop();
  });

  const publish = () =>
    host.app
      .get(DataSource)
      .transaction((manager) =>
        host.app.get(WebhookPublisher).publish(manager, { type: 'order.shipped', data: { order: 1 } }),
      );

  it('has its interceptors before each delivery', async () => {
    http.axiosRef.interceptors.request.use((config) => {
      config.headers.set('X-Of-The-Host', 'yes');
      return config;
    });
    await publish();
    const [request] = await receiver.received(1);
    expect(request?.headers['x-of-the-host']).toBe('yes');
  });

  it('sends its own requests with it as before', async () => {
    await publish();
    await receiver.received(1);
    const { data } = await http.axiosRef.post<unknown>(
      receiver.url,
      { mine: true },
      { responseType: 'text' },
    );
    expect(typeof data).toBe('string');
    const [, mine] = await receiver.received(2);
    expect(mine?.headers['user-agent']).toMatch(/^axios/);
  });
});
