import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { useStage } from '../support/stage.js';
import { createWebhook, publish } from '../support/webhooks.js';

describeOnEveryDatabase('An event that cannot be rendered', (kind) => {
  const { app, receiver, clock } = useStage(kind);

  /** A change that the API refuses. With the version every instance reads the webhooks anew. */
  const setFormat = async (format: string) => {
    const dataSource = app.get<DataSource>(getDataSourceToken());
    await dataSource.query(`UPDATE webhooks SET format = '${format}'`);
    await dataSource.query('UPDATE webhook_registry SET version = version + 1');
  };

  it('holds no other back, and reaches its webhook once it can be rendered', async () => {
    await createWebhook(app.http, receiver.url);
    await setFormat('none-of-ours');
    await publish(app.http, { n: 1 });
    await app.get(DeliveryWorker).runOnce();
    expect(receiver.requests).toHaveLength(0);

    await setFormat('strapi-v3');
    await publish(app.http, { n: 2 });
    await app.get(DeliveryWorker).runOnce();
    clock.advance(61_000);
    await app.get(DeliveryWorker).runOnce();
    expect(receiver.requests.map((request) => request.json()['data'])).toEqual([{ n: 2 }, { n: 1 }]);
  });
});
