import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { type Receiver } from '../../src/testing/receiver.js';
import { createWebhook, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const dataOf = (receiver: Receiver) =>
  receiver.requests.map((request) => request.json()['data'] as { key: string; n: number });

describeOnEveryDatabase('Order by entry', (kind) => {
  const { app, receiver, clock } = useStage(kind, { settings: { webhooks: { retrySchedule: [10, 10] } } });
  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const change = (key: string, n: number) => publish(app.http, { key, n }, { model: 'order', key });

  beforeEach(async () => {
    await createWebhook(app.http, receiver.url, { ordering: 'entry' });
  });

  it('sends the events of one thing one after another, in the order of their commits', async () => {
    for (let n = 1; n <= 5; n += 1) for (const key of ['a', 'b', 'c']) await change(key, n);
    await deliverDue();
    const seen = dataOf(receiver);
    expect(seen).toHaveLength(15);
    for (const key of ['a', 'b', 'c']) {
      expect(seen.filter((data) => data.key === key).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it('lets later events of a thing wait while an earlier one is tried again, and others overtake', async () => {
    receiver.answer((request) => ({
      status:
        (request.json()['data'] as { key: string; n: number }).key === 'a' && clock.now() < failsUntil
          ? 500
          : 200,
    }));
    const failsUntil = clock.now() + 5_000;
    await change('a', 1);
    await change('a', 2);
    await change('b', 1);
    await deliverDue();
    expect(
      dataOf(receiver)
        .map(({ key, n }) => key + n)
        .toSorted(),
    ).toEqual(['a1', 'b1']);
    clock.advance(11_000);
    await deliverDue();
    expect(
      dataOf(receiver)
        .map(({ key, n }) => key + n)
        .slice(2),
    ).toEqual(['a1', 'a2']);
  });

  it('goes on with the next when one has used up its retries', async () => {
    receiver.answer((request) => ({ status: (request.json()['data'] as { n: number }).n === 1 ? 500 : 200 }));
    await change('a', 1);
    await change('a', 2);
    for (let turn = 0; turn < 3; turn += 1) {
      await deliverDue();
      clock.advance(11_000);
    }
    expect(dataOf(receiver).map(({ n }) => n)).toEqual([1, 1, 1, 2]);
  });

  it('waits for an earlier event of the thing that is not fanned out yet', async () => {
    await change('a', 1);
    await change('a', 2);
    // Negative: postponed until then.
    const later = -(clock.now() + 3_600_000);
    await app
      .get<DataSource>(getDataSourceToken())
      .query(`UPDATE webhook_events SET fan_out_due_at = ${later} WHERE sequence = 1`);
    await deliverDue();
    expect(receiver.requests).toHaveLength(0);
    clock.advance(3_600_000);
    await deliverDue();
    expect(dataOf(receiver).map(({ n }) => n)).toEqual([1, 2]);
  });

  it('sends what stands in no line, and what stood before order was asked for', async () => {
    await publish(app.http, { n: 1 });
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
  });
});
