import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { statementsOf } from '../support/explain.js';
import { useStage } from '../support/stage.js';
import { createWebhook, onlyDelivery, publish } from '../support/webhooks.js';

describeOnEveryDatabase('A worker without work', (kind) => {
  const { app, receiver } = useStage(kind);
  const poll = () => app.get(DeliveryWorker).runOnce();

  beforeEach(async () => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    await poll();
    await poll();
  });

  it('sends one statement a poll', async () => {
    const statements = await statementsOf(app, poll);
    expect(statements.map(({ sql }) => sql)).toEqual([expect.stringContaining('AS redelivery')]);
    expect(app.get(DeliveryWorker).idlePolls).toBeGreaterThan(0);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['an event is recorded', () => publish(app.http)],
    [
      'a delivery is to be made again',
      async () => {
        const { id } = await onlyDelivery(app.http);
        await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
      },
    ],
    [
      'a webhook is changed by another instance',
      () =>
        app
          .get<DataSource>(getDataSourceToken())
          .query('UPDATE webhook_registry SET version = version + 1 WHERE id = 1'),
    ],
  ])('looks at everything when %s', async (_, happen) => {
    await happen();
    const statements = await statementsOf(app, poll);
    expect(statements.length).toBeGreaterThan(1);
  });
});
