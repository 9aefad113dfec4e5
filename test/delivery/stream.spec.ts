import { type ClientRequest, get } from 'node:http';
import { ChangeLog } from '../../src/delivery/live-updates/change-log.js';
import { StreamReaders } from '../../src/delivery/live-updates/stream-readers.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { SchedulerRegistry } from '@nestjs/schedule';
import { describeOnAnyDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, publish } from '../support/webhooks.js';
import { useDatabase, useReceiver } from '../support/stage.js';

interface Message {
  event: string;
  data: Record<string, unknown>;
}

/** Reads a stream of server-sent events as it comes, on a connection of its own. */
class Watching {
  text = '';
  isOver = false;
  private readonly request: ClientRequest;

  static async of(app: RunningApp, token = app.token): Promise<Watching> {
    const watching = new Watching(app.baseUrl, token);
    await eventually(() => expect(watching.text).toContain(': open\n\n'));
    return watching;
  }

  private constructor(baseUrl: string, token: string) {
    const headers = { authorization: `Bearer ${token}` };
    this.request = get(`${baseUrl}/admin/stream`, { agent: false, headers }, (response) => {
      expect([response.statusCode, response.headers['content-type']]).toEqual([
        200,
        'text/event-stream; charset=utf-8',
      ]);
      response.setEncoding('utf8').on('data', (piece: string) => {
        this.text += piece;
      });
      response.on('close', () => {
        this.isOver = true;
      });
      // Whoever stops watching breaks off.
      response.on('error', () => undefined);
    });
    this.request.on('error', () => undefined);
  }

  get messages(): Message[] {
    return [...this.text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event = '', data = '']) => ({
      event,
      data: JSON.parse(data) as Record<string, unknown>,
    }));
  }

  of(event: string): Record<string, unknown>[] {
    return this.messages.filter((message) => message.event === event).map(({ data }) => data);
  }

  stop(): void {
    this.request.destroy();
  }
}

describeOnAnyDatabase('The stream', (kind) => {
  const database = useDatabase(kind);
  const receiver = useReceiver();
  let app: RunningApp;
  let another: RunningApp;

  beforeEach(async () => {
    const settings = { delivery: { worker: false } };
    app = await startApp({ databaseUrl: database.url, settings });
    another = await startApp({ databaseUrl: database.url, settings });
  });

  afterEach(() => Promise.all([app.close(), another.close()]));

  /** Delivers on one instance, as another would. */
  async function deliverDue(on = app): Promise<void> {
    await on.get(DeliveryWorker).runOnce();
    await on.get(ChangeLog).flush();
  }

  async function tokenOf(tenant: string): Promise<string> {
    const { body } = await app.http.post('/admin/tokens').send({ name: tenant, scopes: ['*'], tenant });
    return body.data.token;
  }

  it('tells of a delivery that was made and of one that ended, whichever instance did it', async () => {
    await createWebhook(app.http, receiver.url);
    const watching = await Watching.of(app);
    receiver.answer([500, 200]);
    const eventId = await publish(app.http);
    await deliverDue(another);
    await eventually(() =>
      expect(watching.of('delivery')).toMatchObject([{ eventId, state: 'pending', attemptCount: 1 }]),
    );
    const [{ id } = { id: '' }] = watching.of('delivery');
    await app.http.post(`/admin/deliveries/${String(id)}/redeliver`).expect(202);
    await deliverDue(app);
    await eventually(() => expect(watching.of('delivery').at(-1)).toMatchObject({ id, state: 'succeeded' }));
    watching.stop();
  });

  it('sums a burst up', async () => {
    await createWebhook(app.http, receiver.url);
    const watching = await Watching.of(app);
    for (let n = 0; n < 120; n += 1) await publish(app.http, { n });
    await deliverDue();
    await eventually(() => {
      // All are made by one batch, so that one look has 120 of them; what comes of them may be in that look, or in others.
      const counts = watching.of('many').map(({ count }) => Number(count));
      expect(Math.max(0, ...counts)).toBeGreaterThanOrEqual(70);
      expect(watching.of('delivery').length).toBeGreaterThanOrEqual(50);
    });
    watching.stop();
  });

  it('tells of registrations', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    const watching = await Watching.of(app);
    const told = (count: number) => eventually(() => expect(watching.of('webhook')).toHaveLength(count));
    await another.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    await told(1);
    const made = await createWebhook(another.http, receiver.url);
    await told(2);
    await another.http.delete(`/admin/webhooks/${id}`).expect(200);
    await told(3);
    expect(watching.of('webhook')).toEqual([{ id }, { id: made.id }, { id }]);
    watching.stop();
  });

  it('tells a tenant of its own alone', async () => {
    const [acme, beta] = [await tokenOf('acme'), await tokenOf('beta')];
    const own = await createWebhook(app.httpAs(acme), receiver.url);
    const watching = await Watching.of(app, acme);
    const everyone = await Watching.of(app);
    await createWebhook(app.httpAs(beta), receiver.url);
    for (let n = 0; n < 120; n += 1) await publish(app.httpAs(beta), { n });
    await publish(app.httpAs(acme));
    await deliverDue();
    await eventually(() => expect(everyone.of('many')).not.toEqual([]));
    await publish(app.httpAs(acme));
    await deliverDue();
    await eventually(() => expect(watching.of('delivery').length).toBeGreaterThan(0));
    expect(watching.of('delivery').every(({ webhookId }) => webhookId === own.id)).toBe(true);
    expect(watching.of('webhook')).toEqual([]);
    watching.stop();
    everyone.stop();
  });

  it('looks at the database as long as anybody watches', async () => {
    const schedule = app.get(SchedulerRegistry);
    const looks = () => schedule.getIntervals().filter((name) => name.startsWith('posthorn.stream'));
    expect(looks()).toEqual([]);
    const [one, two] = [await Watching.of(app), await Watching.of(app)];
    expect(looks()).toHaveLength(2);
    one.stop();
    await eventually(() => expect(app.get(StreamReaders).count).toBe(1));
    expect(looks()).toHaveLength(2);
    two.stop();
    await eventually(() => expect(looks()).toEqual([]));
    const third = await Watching.of(app);
    expect(looks()).toHaveLength(2);
    third.stop();
  });

  it('ends with the instance', async () => {
    const watching = await Watching.of(another);
    await another.close();
    await eventually(() => expect(watching.isOver).toBe(true));
    another = await startApp({ databaseUrl: database.url });
  });
});
