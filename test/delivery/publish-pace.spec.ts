import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { HandOff } from '../../src/delivery/model/hand-off.js';
import { HandOffPlanner } from '../../src/delivery/worker/hand-off-planner.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { useStage } from '../support/stage.js';
import { createWebhook, publish } from '../support/webhooks.js';

describeOnEveryDatabase('A publication while the process cannot keep up', (kind) => {
  const { app, receiver } = useStage(kind, {
    settings: { delivery: { worker: true, graceMs: 200 } },
    clock: 'system',
    isRestarted: true,
  });

  it('is committed when its turn comes, and delivered', async () => {
    await createWebhook(app.http, receiver.url);
    let asked = 0;
    let letGo: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => (letGo = resolve));
    const planner = app.get(HandOffPlanner);
    app.get(HandOff).register({
      offer: (event, snapshot) => planner.offer(event, snapshot),
      isHolding: (id) => planner.isHolding(id),
      pace: () => {
        asked += 1;
        return turn;
      },
    });
    let isAnswered = false;
    const published = publish(app.http).then(() => (isAnswered = true));
    await eventually(() => expect(asked).toBe(1));
    const rows = await app.get<DataSource>(getDataSourceToken()).query('SELECT id FROM webhook_events');
    expect(rows).toEqual([]);
    expect(isAnswered).toBe(false);
    letGo();
    await published;
    await receiver.received(1);
  });

  it('waits for nothing where the process has caught up', async () => {
    expect(app.get(HandOffPlanner).pace()).toBeNull();
    await publish(app.http);
  });
});
