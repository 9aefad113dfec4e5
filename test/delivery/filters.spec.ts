import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { RecoveryRunner } from '../../src/delivery/recovery/recovery-runner.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { type HttpAgent } from '../support/start-app.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

interface Seen {
  filter: string | null;
  health: {
    filteredCount: number;
    lastFilteredAt: string | null;
    filterErrors: number;
    filterSuspendedAt?: string;
  };
}

describeOnAnyDatabase('The filter of a webhook', (kind) => {
  const { app, receiver, clock } = useStage(kind);
  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const sent = () => receiver.requests.map((request) => request.json()['data']);

  async function seen(id: string): Promise<Seen> {
    const { body } = await app.http.get(`/admin/webhooks/${id}`).expect(200);
    return (body as { data: Seen }).data;
  }

  async function replace(id: string, more: object, status = 200): Promise<void> {
    await app.http
      .put(`/admin/webhooks/${id}`)
      .send({ name: 'receiver', url: receiver.url, headers: {}, events: ['*'], ...more })
      .expect(status);
  }

  it('delivers what it is true of, and counts the rest without storing it', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { filter: 'data.city == "Paris"' });
    await publish(app.http, { city: 'Lyon' });
    await publish(app.http, { country: 'FR' });
    await publish(app.http, { city: 'Paris' });
    await deliverDue();
    expect(sent()).toEqual([{ city: 'Paris' }]);
    expect(await deliveries(app.http)).toHaveLength(1);
    expect(await seen(id)).toMatchObject({
      filter: 'data.city == "Paris"',
      health: {
        filteredCount: 2,
        lastFilteredAt: new Date(clock.now()).toISOString(),
        filterErrors: 0,
      },
    });
  });

  it('adds to what it has counted', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { filter: 'false' });
    for (const n of [1, 2, 3]) {
      await publish(app.http, { n });
      await deliverDue();
    }
    expect((await seen(id)).health.filteredCount).toBe(3);
    expect(receiver.requests).toHaveLength(0);
  });

  it('loses nothing by its own fault: over what it fails is delivered and counted', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { filter: 'data.n.startsWith("1")' });
    await publish(app.http, { n: 1 });
    await publish(app.http, { n: '2' });
    await deliverDue();
    expect(sent()).toEqual([{ n: 1 }]);
    expect((await seen(id)).health).toMatchObject({ filteredCount: 1, filterErrors: 1 });
  });

  it('sees of an entry its type, its key and its snapshot', async () => {
    await createWebhook(app.http, receiver.url, {
      filter:
        'event == "entry.create" && model == "address" && uid == "api::address.address" && key == "1" && data.entry.city == "Paris"',
    });
    await app.http
      .post('/api/addresses')
      .send({ data: { city: 'Paris' } })
      .expect(201);
    await app.http
      .post('/api/addresses')
      .send({ data: { city: 'Lyon' } })
      .expect(201);
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
  });

  it('is none unless told, is kept when left out of a PUT, and goes with null', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    expect((await seen(id)).filter).toBeNull();
    await replace(id, { filter: 'data.n == 1' });
    await replace(id, {});
    expect((await seen(id)).filter).toBe('data.n == 1');
    await publish(app.http, { n: 2 });
    await deliverDue();
    expect(receiver.requests).toHaveLength(0);
    await replace(id, { filter: null });
    await publish(app.http, { n: 3 });
    await deliverDue();
    expect(sent()).toEqual([{ n: 3 }]);
  });

  it.each<[unknown, string]>([
    ['data.n ==', 'filter: Unexpected token: EOF (line 1, column 10)'],
    ['entry.city == "Paris"', 'filter: Unknown variable: entry (line 1, column 1)'],
    ['true &&\n event', "filter: Logical operator requires bool operands, got 'string' (line 1, column 1)"],
    ['size(data)', 'filter: it must yield a bool, but yields int (line 1, column 1)'],
    ['', 'filter: it is empty; null stands for no filter (line 1, column 1)'],
    [`${' '.repeat(4_096)}true`, 'filter: it may have at most 4096 bytes (line 1, column 1)'],
    [7, 'filter must be a `string` type, but the final value was: `7`.'],
  ])('is refused when it is %j', async (filter, message) => {
    const { body } = await app.http
      .post('/admin/webhooks')
      .send({ name: 'receiver', url: receiver.url, headers: {}, events: ['*'], filter })
      .expect(400);
    expect(body).toMatchObject({
      error: { name: 'ValidationError', message, details: { errors: [{ path: ['filter'] }] } },
    });
  });

  it('holds for what is recovered: what it leaves out is not matched and not sent', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { filter: 'data.n > 1' });
    await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    for (const n of [1, 2, 3]) await publish(app.http, { n });
    await deliverDue();
    await app.http.post(`/admin/webhooks/${id}/enable`).expect(200);
    const { body } = await app.http
      .post(`/admin/webhooks/${id}/recover`)
      .send({ since: clock.now() - 1_000, missed: true })
      .expect(202);
    expect(body).toMatchObject({ data: { matched: 2 } });
    do await deliverDue();
    while (await app.get(RecoveryRunner).runOnce());
    expect(sent()).toEqual([{ n: 2 }, { n: 3 }]);
  });

  describe('that costs too much', () => {
    const COSTLY = 'data.list.all(a, data.list.all(b, a != b || a == b)) && data.n == 1';
    const costly = { n: 1, list: Array.from({ length: 300 }, (_, n) => n) };

    async function deliver(...all: Record<string, unknown>[]): Promise<number> {
      const before = receiver.requests.length;
      for (const data of all) await publish(app.http, data);
      do await deliverDue();
      while ((await deliveries(app.http)).some(({ state }) => state === 'pending'));
      return receiver.requests.length - before;
    }

    const suspended = async (http: HttpAgent = app.http) =>
      (await http.get('/admin/overview').expect(200)).body.data.suspendedFilters;

    it('is suspended after twenty events in a row, and says so until the webhook is saved again', async () => {
      const { id } = await createWebhook(app.http, receiver.url, { filter: COSTLY });
      expect(await deliver(...Array<typeof costly>(19).fill(costly))).toBe(19);
      expect((await seen(id)).health).toMatchObject({ filterErrors: 19 });
      expect(await deliver({ n: 2, list: [] })).toBe(0);
      expect(await deliver(...Array<typeof costly>(20).fill(costly))).toBe(20);
      const { health } = await seen(id);
      expect(health).toMatchObject({
        filterErrors: 39,
        filterSuspendedAt: new Date(clock.now()).toISOString(),
      });
      expect(await suspended()).toEqual([
        { id, name: 'receiver', suspendedAt: new Date(clock.now()).toISOString() },
      ]);
      const { body } = await app.http.post('/admin/tokens').send({ name: 'a', scopes: ['*'], tenant: 'a' });
      expect(await suspended(app.httpAs(body.data.token))).toEqual([]);
      expect(await deliver({ n: 2, list: [] }, costly)).toBe(2);
      expect((await seen(id)).health.filterErrors).toBe(39);

      await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
      await app.http.post(`/admin/webhooks/${id}/enable`).expect(200);
      expect((await seen(id)).health.filterSuspendedAt).toBeDefined();
      clock.advance(1_000);
      await replace(id, {});
      expect((await seen(id)).health).not.toHaveProperty('filterSuspendedAt');
      expect(await suspended()).toEqual([]);
      expect(await deliver({ n: 2, list: [] })).toBe(0);
    });

    it('is suspended for a process that starts later too', async () => {
      const { id } = await createWebhook(app.http, receiver.url, { filter: COSTLY });
      await deliver(...Array<typeof costly>(20).fill(costly));
      await app.restart();
      expect((await seen(id)).health.filterSuspendedAt).toBeDefined();
      clock.advance(2_000);
      expect(await deliver({ n: 2, list: [] })).toBe(1);
    });

    it('by a duration of thousands of digits fails over the event, which is delivered', async () => {
      const { id } = await createWebhook(app.http, receiver.url, {
        filter: 'duration(data.text) > duration("1s")',
      });
      const eventId = await publish(app.http, { text: '9'.repeat(15_000) });
      await deliverDue();
      expect(receiver.requests).toHaveLength(1);
      expect((await seen(id)).health.filterErrors).toBe(1);
      const { body } = await app.http
        .post('/admin/webhooks/filter/check')
        .send({ filter: `duration("${'9'.repeat(1_500)}") > duration("1s")`, eventId })
        .expect(200);
      expect(body).toEqual({
        data: {
          valid: true,
          matches: true,
          reason: 'duration() takes a text such as "1h30m", of at most 100 characters and 10,000 years',
        },
      });
    });
  });

  describe('tried out', () => {
    async function check(body: object, http: HttpAgent = app.http, status = 200): Promise<unknown> {
      const response = await http.post('/admin/webhooks/filter/check').send(body).expect(status);
      return (response.body as { data: unknown }).data;
    }

    it('says whether it can be saved, and where it cannot be', async () => {
      expect(await check({ filter: 'data.n == 1' })).toEqual({ valid: true });
      expect(await check({ filter: 'true &&\n  n == 1' })).toEqual({
        valid: false,
        error: { message: 'Unknown variable: n', line: 2, column: 3 },
      });
    });

    it('says what it does with a recorded event, and why', async () => {
      const eventId = await publish(app.http, { n: 1, city: null });
      expect(await check({ filter: 'data.n == 1', eventId })).toEqual({ valid: true, matches: true });
      expect(await check({ filter: 'data.n == 2', eventId })).toEqual({ valid: true, matches: false });
      expect(await check({ filter: 'data.country == "FR"', eventId })).toEqual({
        valid: true,
        matches: false,
        reason: 'No such key: country',
      });
      expect(await check({ filter: 'data.n.contains("1")', eventId })).toEqual({
        valid: true,
        matches: true,
        reason: 'contains() is for texts, and this is number',
      });
      expect(await check({ filter: 'nothing', eventId })).toMatchObject({ valid: false });
    });

    it("does not know another tenant's events, and needs the scope", async () => {
      const eventId = await publish(app.http, { n: 1 }, { tenant: 'blue' });
      const token = async (scopes: string[]): Promise<HttpAgent> => {
        const { body } = await app.http
          .post('/admin/tokens')
          .send({ name: 'red', scopes, tenant: 'red' })
          .expect(201);
        return app.httpAs((body as { data: { token: string } }).data.token);
      };
      await check({ filter: 'true', eventId }, await token(['webhooks:read']), 404);
      await check({ filter: 'true' }, await token(['deliveries:read']), 403);
      await check({ filter: 'true', eventId: 'none' }, app.http, 404);
      await check({ filter: 1 }, app.http, 400);
    });
  });
});
