import { DataSource } from 'typeorm';
import { EventPublisher } from '../../src/delivery/recording/event-publisher.js';
import { verifyWebhook } from '../../src/index.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type ReceivedRequest, type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook } from '../support/webhooks.js';

const DELIVERIES = 10_000;
const GRACE_S = 600;

/** Rotations come when so many requests have arrived; one of them changes to ed25519, the last one back. */
const ROTATIONS = [
  { after: 2_000, body: { graceSeconds: GRACE_S } },
  { after: 4_000, body: { graceSeconds: GRACE_S, type: 'v1a' } },
  { after: 6_000, body: { graceSeconds: GRACE_S, type: 'v1' } },
];

describeOnEveryDatabase('Rotation under load', (kind) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let app: RunningApp;

  beforeAll(async () => {
    database = await kind.create();
    receiver = await startReceiver();
    app = await startApp({
      databaseUrl: database.url,
      settings: { webhooks: { retrySchedule: [0, 1, 1, 1] } },
    });
  });

  afterAll(async () => {
    await app.close();
    await receiver.close();
    await database.drop();
  });

  async function publishAll(): Promise<void> {
    const publisher = app.get<EventPublisher>(EventPublisher);
    for (let n = 0; n < DELIVERIES; n += 500) {
      await app.get(DataSource).transaction(async (manager) => {
        for (let i = n; i < n + 500; i += 1) {
          await publisher.publish(manager, { type: 'order.shipped', data: { n: i } });
        }
      });
    }
  }

  it(`${DELIVERIES} deliveries across three rotations: who holds only the old or only the new secret verifies each`, async () => {
    const { id, secret } = await createWebhook(app.http, receiver.url);
    /** What the one who goes on with what he had and the one who changes at once verify with. */
    const first = secret;
    let newest = secret;
    const verified = { byTheFirst: 0, byTheNewest: new Set<string>() };
    const refused: { id: string; at: number }[] = [];
    let newestSince = 0;

    const holds = ({ headers, body }: ReceivedRequest, secrets: string) => {
      try {
        verifyWebhook({ headers, body, secrets });
        return true;
      } catch {
        return false;
      }
    };
    receiver.answer((request) => {
      if (holds(request, first)) verified.byTheFirst += 1;
      const eventId = String(request.headers['webhook-id']);
      if (holds(request, newest)) {
        verified.byTheNewest.add(eventId);
        return { status: 200 };
      }
      refused.push({ id: eventId, at: newestSince });
      return { status: 401 };
    });

    const publishing = publishAll();
    for (const { after, body } of ROTATIONS) {
      await receiver.received(after, 60_000);
      const answer = await app.http.post(`/admin/webhooks/${id}/secret/rotate`).send(body).expect(200);
      newest = answer.body.data.publicKey ?? answer.body.data.secret;
      newestSince = Date.now();
    }
    await publishing;
    await eventually(() => expect(verified.byTheNewest.size).toBe(DELIVERIES), 60_000);

    // Whoever holds the first one verified whatever came, and whoever holds the newest got every event.
    expect(verified.byTheFirst).toBe(receiver.requests.length);
    expect(receiver.requests.length).toBe(DELIVERIES + refused.length);
    // What the newest did not verify had left before that secret was told to anybody, and came again.
    const early = await attemptsOf(refused.map((one) => one.id));
    for (const { id: eventId, at } of refused) {
      expect(early.get(eventId)).toBeLessThanOrEqual(at);
    }
    console.log(
      `Rotation under load (${kind.name}): ${DELIVERIES} deliveries, ${ROTATIONS.length} rotations, ${receiver.requests.length} requests; ` +
        `the first secret verified ${verified.byTheFirst}, the newest ${DELIVERIES}; ${refused.length} were on their way at a rotation and came again.`,
    );
  }, 120_000);

  /** When the first attempt of each event's delivery began, epoch milliseconds. */
  async function attemptsOf(eventIds: string[]): Promise<Map<string, number>> {
    if (eventIds.length === 0) return new Map();
    return eventually(async () => {
      const rows = await app.get(DataSource).query<{ event_id: string; started_at: string | number }[]>(
        `SELECT d.event_id, a.started_at FROM webhook_deliveries d JOIN webhook_attempts a ON a.delivery_id = d.id
         WHERE a.number = 1 AND d.event_id IN (${eventIds.map(() => '?').join(',')})`,
        eventIds,
      );
      expect(rows).toHaveLength(new Set(eventIds).size);
      return new Map(rows.map((row) => [row.event_id, Number(row.started_at)]));
    });
  }
});
