import { EventEmitter2 } from '@nestjs/event-emitter';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, EntitySubscriberInterface } from 'typeorm';
import { EventRecorder } from '../../src/delivery/recording/event-recorder.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { announce } from '../../src/events/announce.js';
import { WebhookEvent } from '../../src/events/webhook-event.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { createWebhook } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

describeOnEveryDatabase('A change that is rolled back', (kind) => {
  const { app, receiver } = useStage(kind, { clock: 'system', isRestarted: true });
  let dataSource: DataSource;

  beforeEach(async () => {
    dataSource = app.get<DataSource>(getDataSourceToken());
    await createWebhook(app.http, receiver.url);
  });

  const counts = async () => {
    const count = async (table: string) =>
      Number((await dataSource.query<{ n: number }[]>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);
    await app.get(DeliveryWorker).runOnce();
    return {
      entries: await count('addresses'),
      events: await count('webhook_events'),
      requests: receiver.requests.length,
    };
  };

  const create = () => app.http.post('/api/addresses').send({ data: { city: 'Paris' } });

  it('because the recorder failed leaves no entry, no event and no request', async () => {
    const recorder = app.get<EventRecorder>(EventRecorder);
    const record = recorder.record.bind(recorder);
    recorder.record = async (event) => {
      await record(event);
      throw new Error('The recorder broke after it had written.');
    };
    await create().expect(500);
    expect(await counts()).toEqual({ entries: 0, events: 0, requests: 0 });
    recorder.record = record;
    await create().expect(201);
    expect(await counts()).toEqual({ entries: 1, events: 1, requests: 1 });
  });

  it('because the commit failed leaves no entry, no event and no request', async () => {
    const breaking: EntitySubscriberInterface = {
      beforeTransactionCommit: () => Promise.reject(new Error('The commit broke.')),
    };
    dataSource.subscribers.push(breaking);
    await create().expect(500);
    dataSource.subscribers.splice(dataSource.subscribers.indexOf(breaking), 1);
    expect(await counts()).toEqual({ entries: 0, events: 0, requests: 0 });
  });

  it('because nobody records leaves no entry: an event is never lost in silence', async () => {
    app.get<EventRecorder>(EventRecorder).onApplicationShutdown();
    await create().expect(500);
    expect(await counts()).toEqual({ entries: 0, events: 0, requests: 0 });
  });

  it('is undone whatever the emitter is like: wildcards off, another delimiter, before anybody listens', async () => {
    for (const emitter of [new EventEmitter2(), new EventEmitter2({ wildcard: true, delimiter: '/' })]) {
      const announced = dataSource.transaction(async (manager) => {
        await announce(emitter, new WebhookEvent({ type: 'order.shipped', data: {} }, manager));
      });
      await expect(announced).rejects.toThrow('no recorder acknowledged it');
    }
    expect(await counts()).toEqual({ entries: 0, events: 0, requests: 0 });
  });
});
