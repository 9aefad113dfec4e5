import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { describeOnEveryDatabase } from '../support/databases.js';
import type { HttpAgent } from '../support/start-app.js';
import { useStage } from '../support/stage.js';
import { createWebhook } from '../support/webhooks.js';

interface Item {
  type?: unknown;
  data?: unknown;
  [more: string]: unknown;
}

interface Refusal {
  message: string;
  details: { errors: { path: string[]; message: string }[] };
}

const event = (n: number, more: object = {}): Item => ({ type: 'order.shipped', data: { n }, ...more });

describeOnEveryDatabase('An array of events', (kind) => {
  const { app } = useStage(kind);

  const publish = (items: unknown, key?: string, http: HttpAgent = app.http) => {
    const request = http.post('/admin/events');
    return (key === undefined ? request : request.set('Idempotency-Key', key)).send(items as object);
  };
  const idsOf = async (items: Item[], key?: string): Promise<string[]> => {
    const { body } = await publish(items, key).expect(202);
    return (body as { data: { id: string }[] }).data.map(({ id }) => id);
  };
  const recorded = async (): Promise<{ id: string; snapshot: string }[]> =>
    app.get<DataSource>(getDataSourceToken()).query('SELECT id, snapshot FROM webhook_events ORDER BY id');

  it('is recorded in its order, each event with its own id', async () => {
    const items = Array.from({ length: 500 }, (_, n) => event(n, { key: String(n) }));
    const ids = await idsOf(items);
    const rows = await recorded();
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows.map(({ snapshot }) => JSON.parse(snapshot) as object)).toEqual(items.map(({ data }) => data));
  });

  it.each<[string, unknown[], string[], string]>([
    ['a type', [event(0), { data: {} }], ['1', 'type'], '[1].type is a required field'],
    ['data', [{ type: 'a.b', data: 1 }], ['0', 'data'], '[0].data must be a `object` type'],
    ['a name of the backend', [event(0), event(1, { type: 'entry.create' })], ['1', 'type'], 'of your own'],
    ['an unknown key', [event(0, { more: 1 })], ['0'], '[0]: this field has unspecified keys: more'],
    ['a key', [event(0, { idempotencyKey: '' })], ['0', 'idempotencyKey'], '[0].idempotencyKey must have 1'],
    ['what is no object', [event(0), 7], ['1'], '[1] must be a `object` type'],
    ['null', [null], ['0'], '[0] must be a `object` type'],
    ['nothing', [], [], 'An array must have 1 to 500 events'],
    ['too many', Array.from({ length: 501 }, () => event(0)), [], 'An array must have 1 to 500 events'],
  ])('is refused whole for %s that is wrong, with its place', async (_, items, path, message) => {
    const { body } = await publish(items).expect(400);
    const { error } = body as { error: Refusal };
    expect(error.message).toContain(message);
    expect(error.details.errors[0]?.path).toEqual(path);
    expect(await recorded()).toEqual([]);
  });

  it('lists every fault', async () => {
    const { body } = await publish([{ type: 'a.b' }, event(0), { data: {} }]).expect(400);
    const { error } = body as { error: Refusal };
    expect(error.message).toBe('2 errors occurred');
    expect(error.details.errors.map(({ path }) => path)).toEqual([
      ['0', 'data'],
      ['2', 'type'],
    ]);
  });

  it('names the event of another tenant', async () => {
    const { body } = await app.http
      .post('/admin/tokens')
      .send({ name: 'acme', scopes: ['events:write'], tenant: 'acme' })
      .expect(201);
    const acme = app.httpAs((body as { data: { token: string } }).data.token);
    const refused = await publish([event(0), event(1, { tenant: 'beta' })], undefined, acme).expect(403);
    expect((refused.body as { error: Refusal }).error.message).toMatch(/^\[1\]: This token works for/);
    expect(await recorded()).toEqual([]);
  });

  it('has one event for equal keys with the same content, and a conflict for others', async () => {
    const same = event(0, { idempotencyKey: 'k' });
    const [first, other, again] = await idsOf([same, event(1), same]);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(await recorded()).toHaveLength(2);
    const { body } = await publish([
      event(2),
      event(3, { idempotencyKey: 'l' }),
      event(4, { idempotencyKey: 'l' }),
    ]);
    expect((body as { error: Refusal }).error.message).toBe(
      '[2]: this idempotencyKey is that of [1], which is another event. Nothing was recorded.',
    );
    expect(await recorded()).toHaveLength(2);
  });

  it('has the id of an event that was recorded under its key, alone or in an array', async () => {
    const { body } = await publish(event(0), 'k').expect(202);
    const { id } = (body as { data: { id: string } }).data;
    const [fresh, known] = await idsOf([
      event(1, { idempotencyKey: 'l' }),
      event(0, { idempotencyKey: 'k' }),
    ]);
    expect(known).toBe(id);
    const alone = await publish(event(1), 'l').expect(202);
    expect((alone.body as { data: { id: string } }).data.id).toBe(fresh);
    expect(await recorded()).toHaveLength(2);
  });

  it('records nothing where one key was used for something else, and gives back the keys that it had won', async () => {
    await publish(event(0), 'used').expect(202);
    const items = [event(1, { idempotencyKey: 'new' }), event(2, { idempotencyKey: 'used' })];
    const { body } = await publish(items, 'whole').expect(409);
    expect((body as { error: Refusal }).error.message).toBe(
      '[1]: this idempotencyKey was used for another request. Nothing was recorded.',
    );
    expect(await recorded()).toHaveLength(1);
    await publish(event(3), 'new').expect(202);
    await publish([event(4)], 'whole').expect(202);
  });

  it('is one request under the header’s key', async () => {
    const items = [event(0), event(1, { idempotencyKey: 'k' }), event(2)];
    const ids = await idsOf(items, 'whole');
    expect(await idsOf(items, 'whole')).toEqual(ids);
    await publish([...items, event(3)], 'whole').expect(409);
    await publish([event(0)], 'whole').expect(409);
    await publish(event(0), 'whole').expect(409);
    expect(await recorded()).toHaveLength(3);
    const [other, known] = await idsOf([event(5), event(1, { idempotencyKey: 'k' })], 'second');
    expect(known).toBe(ids[1]);
    expect(await idsOf([event(5), event(1, { idempotencyKey: 'k' })], 'second')).toEqual([other, known]);
    await publish([event(6, { idempotencyKey: 'third' })], 'third').expect(409);
  });

  it('keeps its order in a line', async () => {
    await createWebhook(app.http, 'http://127.0.0.1:9/', { ordering: 'entry' });
    const lines = ['b', 'a', 'b', 'a', 'b'];
    await idsOf(lines.map((key, n) => event(n, { model: 'order', key })));
    const rows = await app
      .get<DataSource>(getDataSourceToken())
      .query<{ key: string; sequence: number | string }[]>(
        'SELECT `key`, sequence FROM webhook_events ORDER BY id',
      );
    expect(rows.map(({ key, sequence }) => [key, Number(sequence)])).toEqual([
      ['b', 1],
      ['a', 1],
      ['b', 2],
      ['a', 2],
      ['b', 3],
    ]);
  });
});
