import {
  Column,
  DataSource,
  Entity,
  type EntityManager,
  ManyToMany,
  ManyToOne,
  PrimaryGeneratedColumn,
} from 'typeorm';
import { EmitsWebhooks } from '../../src/app/embedded/emits-webhooks.js';
import { EventRecorder } from '../../src/delivery/recording/event-recorder.js';
import { WebhookEventEntity } from '../../src/delivery/model/delivery-entities.js';
import type { JsonValue } from '../../src/events/json.js';
import { describeOnEveryDatabase, oneDatabase, type TestDatabase } from '../support/databases.js';
import { SILENT } from '../support/start-app.js';
import { type HostApp, startHost } from './host-app.js';
import { Label, Letter, Owner, Parcel, Stock } from './parcels.js';

/** An event as it was recorded. */
interface Told {
  type: string;
  key: string | null;
  tenant: string | null;
  data: Record<string, JsonValue>;
  previous: Record<string, JsonValue> | null;
}

/** A change of one column: what is written, and what an event says of it. */
interface ColumnCase {
  kind: string;
  write: Partial<Parcel>;
  path: string[];
  now: JsonValue;
  before: JsonValue;
}

describeOnEveryDatabase('An entity that emits webhooks', (kind) => {
  let database: TestDatabase;
  let host: HostApp;
  let manager: EntityManager;
  let warnings: string[] = [];
  let seen: string[] = [];

  beforeAll(async () => {
    database = await kind.createEmpty();
    host = await startHost({
      databaseUrl: database.url,
      entities: [Owner, Parcel, Stock, Letter, Label],
      module: { worker: false },
      logger: { ...SILENT, warn: (message: string) => void warnings.push(message) },
    });
    ({ manager } = host.app.get(DataSource));
  });

  afterAll(async () => {
    await host.close();
    await database.drop();
  });

  beforeEach(async () => {
    await told();
    warnings = [];
  });

  /** The events that were recorded since it was asked last, in their order. */
  async function told(): Promise<Told[]> {
    const rows = await manager.find(WebhookEventEntity, { order: { id: 'ASC' } });
    const fresh = rows.filter(({ id }) => !seen.includes(id));
    seen = rows.map(({ id }) => id);
    return fresh.map(({ type, key, tenant, snapshot, context }) => ({
      type,
      key,
      tenant,
      data: JSON.parse(snapshot) as Told['data'],
      previous: context === null ? null : (JSON.parse(context) as { previous: Told['previous'] }).previous,
    }));
  }

  const makeParcel = (): Parcel =>
    Object.assign(new Parcel(), {
      name: 'a',
      price: 10.5,
      note: 'kept',
      ssn: 'plain-text',
      tenantId: 'acme',
      secret: 'hidden',
      seal: Buffer.from([1, 2]),
      from: { city: 'Bern', geo: { lat: 1 } },
      to: { city: 'Bonn', line: 'x', geo: { lat: 2 } },
    });

  async function saveParcel(): Promise<Parcel> {
    const parcel = await manager.save(makeParcel());
    await told();
    return parcel;
  }

  const decimal = (text: string) => (kind.dialect === 'mysql' ? text : Number(text));
  const hex = (text: string) => Buffer.from(text).toString('hex');

  const CASES: ColumnCase[] = [
    { kind: 'text', write: { name: 'b' }, path: ['name'], now: 'b', before: 'a' },
    { kind: 'a nullable column', write: { note: null }, path: ['note'], now: null, before: 'kept' },
    { kind: 'a default', write: { pieces: 6 }, path: ['pieces'], now: 6, before: 5 },
    {
      kind: 'a decimal',
      write: { price: 11.25 },
      path: ['price'],
      now: decimal('11.25'),
      before: decimal('10.50'),
    },
    { kind: 'a double', write: { weight: 1.5 }, path: ['weight'], now: 1.5, before: 0 },
    {
      kind: 'a bigint',
      write: { grams: '9007199254740991' },
      path: ['grams'],
      now: '9007199254740991',
      before: '0',
    },
    { kind: 'a boolean', write: { isOpen: true }, path: ['isOpen'], now: true, before: false },
    {
      kind: 'a datetime',
      write: { dueAt: new Date('2026-01-02T03:04:05.678Z') },
      path: ['dueAt'],
      now: '2026-01-02T03:04:05.678Z',
      before: null,
    },
    { kind: 'a date', write: { day: '2026-01-02' }, path: ['day'], now: '2026-01-02', before: null },
    { kind: 'a time', write: { hour: '03:04:05' }, path: ['hour'], now: '03:04:05', before: null },
    { kind: 'an enum', write: { state: 'sent' }, path: ['state'], now: 'sent', before: 'new' },
    { kind: 'an array', write: { tags: ['x', 'y'] }, path: ['tags'], now: ['x', 'y'], before: null },
    { kind: 'simple JSON', write: { extra: { a: [1] } }, path: ['extra'], now: { a: [1] }, before: null },
    { kind: 'JSON', write: { meta: { b: { c: 1 } } }, path: ['meta'], now: { b: { c: 1 } }, before: null },
    { kind: 'bytes', write: { seal: Buffer.from([3]) }, path: ['seal'], now: 'Aw==', before: 'AQI=' },
    {
      kind: 'a transformed column',
      write: { ssn: 'other-text' },
      path: ['ssn'],
      now: hex('other-text'),
      before: hex('plain-text'),
    },
    { kind: 'another name in the table', write: { renamed: 'r' }, path: ['renamed'], now: 'r', before: '' },
    {
      kind: 'an embedded column',
      write: { to: { city: 'Köln' } as Parcel['to'] },
      path: ['to', 'city'],
      now: 'Köln',
      before: 'Bonn',
    },
    {
      kind: 'the same name in another embedded',
      write: { from: { city: 'Thun' } as Parcel['from'] },
      path: ['from', 'city'],
      now: 'Thun',
      before: 'Bern',
    },
    {
      kind: 'an embedded in an embedded',
      write: { to: { geo: { lat: 9 } } as Parcel['to'] },
      path: ['to', 'geo', 'lat'],
      now: 9,
      before: 2,
    },
    { kind: 'a relation', write: { owner: { id: 1 } as Owner }, path: ['owner'], now: 1, before: null },
    { kind: 'a key with a property', write: { carrierId: 1 }, path: ['carrierId'], now: 1, before: null },
    {
      kind: 'a relation whose key has a property',
      write: { carrier: { id: 1 } as Owner },
      path: ['carrierId'],
      now: 1,
      before: null,
    },
  ];

  /** What the data of a parcel is after its creation. */
  const created = (id: number) => ({
    id,
    name: 'a',
    note: 'kept',
    pieces: 5,
    price: decimal('10.50'),
    weight: 0,
    grams: '0',
    isOpen: false,
    dueAt: null,
    day: null,
    hour: null,
    state: 'new',
    tags: null,
    extra: null,
    meta: null,
    seal: 'AQI=',
    ssn: hex('plain-text'),
    renamed: '',
    from: { city: 'Bern', line: null, geo: { lat: 1 } },
    to: { city: 'Bonn', line: 'x', geo: { lat: 2 } },
    owner: null,
    carrierId: null,
    deletedAt: null,
  });

  const WAYS: [string, (id: number, write: Partial<Parcel>) => Promise<unknown>][] = [
    ['a partial save', (id, write) => manager.save(Parcel, { id, ...write })],
    [
      'a whole save',
      async (id, write) => {
        const parcel = await manager.findOneByOrFail(Parcel, { id });
        await manager.save(manager.merge(Parcel, parcel, write as object));
      },
    ],
    [
      'a save of several',
      async (id, write) => {
        const other = await manager.findOneByOrFail(Parcel, { id: id - 1 });
        await manager.save(Parcel, [{ id, ...write }, other]);
      },
    ],
    [
      'a save of the same one twice',
      (id, write) =>
        manager.save(Parcel, [
          { id, ...write },
          { id, ...write },
        ]),
    ],
    [
      'a save of several in chunks, in an open transaction',
      (id, write) =>
        manager.transaction((inner) => inner.save(Parcel, [{ id: id - 1 }, { id, ...write }], { chunk: 1 })),
    ],
  ];

  describe.each(WAYS)('tells of %s', (_, write) => {
    it.each(CASES)('with $kind', async ({ write: values, path, now, before }) => {
      await manager.save(Owner, { id: 1, name: 'o' });
      await saveParcel();
      const { id } = await saveParcel();
      await write(id, structuredCloneOf(values));
      expect(await told()).toEqual([
        {
          type: 'parcel.update',
          key: String(id),
          tenant: 'acme',
          data: withValue(created(id), path, now),
          previous: withValue({}, path, before),
        },
      ]);
    });
  });

  it('tells of a save that cascades to it, with its new relation', async () => {
    const { id } = await saveParcel();
    const owner = await manager.save(
      Object.assign(new Owner(), {
        name: 'o',
        parcels: [
          Object.assign(new Parcel(), { id, name: 'b' }),
          Object.assign(new Parcel(), { name: 'c', from: { city: '', geo: {} }, to: { city: '', geo: {} } }),
        ],
      }),
    );
    const events = await told();
    expect(events.map(({ type }) => type).toSorted()).toEqual(['parcel.create', 'parcel.update']);
    expect(events.find(({ type }) => type === 'parcel.update')).toMatchObject({
      tenant: 'acme',
      data: { ...created(id), name: 'b', owner: owner.id },
      previous: { name: 'a', owner: null },
    });
    expect(events.find(({ type }) => type === 'parcel.create')).toMatchObject({
      tenant: null,
      data: { name: 'c', owner: owner.id, pieces: 5 },
      previous: null,
    });
  });

  it('refuses a save that would change its relation from the other side without saying whose', async () => {
    const { id } = await saveParcel();
    const owner = await manager.save(Object.assign(new Owner(), { name: 'o', parcels: [{ id, name: 'a' }] }));
    await told();
    const save = manager.save(Object.assign(new Owner(), { id: owner.id, parcels: [] }));
    await expect(save).rejects.toThrow(/^The save of another entity would change the relation of a Parcel/);
    expect(await told()).toEqual([]);
    expect(await manager.countBy(Parcel, { owner: { id: owner.id } })).toBe(1);
  });

  it('tells of a creation what its row has, and never what is private', async () => {
    const parcel = await manager.save(makeParcel());
    const { id } = parcel;
    expect(await told()).toEqual([
      { type: 'parcel.create', key: String(id), tenant: 'acme', data: created(id), previous: null },
    ]);
  });

  it('tells nothing where no column of the row changed', async () => {
    const { id } = await saveParcel();
    const parcel = await manager.findOneByOrFail(Parcel, { id });
    await manager.save(parcel);
    // TypeORM writes these: what it has and what it reads are not the same text.
    parcel.price = 10.5;
    await manager.save(parcel);
    await manager.save(Parcel, { id, price: '10.500', secret: 'other' });
    expect(await told()).toEqual([]);
  });

  it('tells of a removal, a soft removal and a recovery what the row had', async () => {
    const [gone, soft] = [await saveParcel(), await saveParcel()];
    const { id } = gone;
    await manager.remove(gone);
    await manager.softRemove(Parcel, { id: soft.id });
    await manager.softRemove(Parcel, { id: soft.id });
    await manager.recover(Parcel, [{ id: soft.id }]);
    await manager.recover(Parcel, { id: soft.id });
    await manager.remove(Object.assign(new Parcel(), { id }));
    const common = { tenant: 'acme', previous: null };
    expect(await told()).toEqual([
      { ...common, type: 'parcel.delete', key: String(id), data: created(id) },
      { ...common, type: 'parcel.delete', key: String(soft.id), data: created(soft.id) },
      { ...common, type: 'parcel.create', key: String(soft.id), data: created(soft.id) },
    ]);
  });

  it('tells of an upsert what it did: a creation, an update, or nothing', async () => {
    const insert = (inner: EntityManager, code: string, uses: number) =>
      // TypeORM itself cannot read an unchanged row again on MySQL.
      inner.createQueryBuilder().insert().into(Label).values({ code, uses }).updateEntity(false);
    await manager.transaction((inner) => inner.upsert(Label, { code: 'a', uses: 1 }, ['code']));
    await manager.transaction((inner) => inner.upsert(Label, [{ code: 'b', uses: 1 }], ['code']));
    await manager.transaction((inner) => inner.upsert(Label, { code: 'a', uses: 2 }, ['code']));
    await manager.transaction((inner) => insert(inner, 'a', 2).orUpdate(['uses'], ['code']).execute());
    await manager.transaction((inner) => insert(inner, 'b', 7).orIgnore().execute());
    const [a, b] = await manager.find(Label, { order: { code: 'ASC' } });
    expect(await told()).toMatchObject([
      { type: 'label.create', key: String(a?.id), data: { code: 'a', uses: 1 }, previous: null },
      { type: 'label.create', key: String(b?.id), data: { code: 'b', uses: 1 }, previous: null },
      { type: 'label.update', key: String(a?.id), data: { code: 'a', uses: 2 }, previous: { uses: 1 } },
    ]);
  });

  it('tells of rows of a key of two columns, and of what TypeORM itself writes', async () => {
    await manager.transaction((inner) => inner.insert(Stock, { place: 'x', shelf: 1, code: 'c' }));
    await manager.save(Stock, { place: 'x', shelf: 1, amount: 3 });
    const events = await told();
    expect(events).toMatchObject([
      { type: 'stock.create', key: 'x,1', data: { amount: 0, version: 1, code: 'c' } },
      { type: 'stock.update', key: 'x,1', data: { amount: 3, version: 2, code: 'c' } },
    ]);
    expect(events[1]?.previous).toEqual({ amount: 0, version: 1 });
    expect(events[0]?.data['createdAt']).toBe(events[1]?.data['createdAt']);
  });

  it('tells of the named columns alone: of an embedded one, and of relations', async () => {
    await manager.save(Owner, { id: 1, name: 'o' });
    const letter = await manager.save(
      Object.assign(new Letter(), { name: 'n', to: { city: 'Bonn', geo: {} }, owner: { id: 1 } }),
    );
    await manager.save(Letter, { id: letter.id, name: 'other' });
    await manager.save(Letter, { id: letter.id, carrier: { id: 1 }, owner: null });
    expect((await told()).map(({ type, data, previous }) => ({ type, data, previous }))).toEqual([
      {
        type: 'letter.create',
        data: { id: letter.id, to: { city: 'Bonn' }, owner: 1, carrier: null },
        previous: null,
      },
      {
        type: 'letter.update',
        data: { id: letter.id, to: { city: 'Bonn' }, owner: null, carrier: 1 },
        previous: { owner: 1, carrier: null },
      },
    ]);
  });

  // SQLite runs one transaction at a time.
  if (kind.dialect === 'mysql') {
    it('tells what the row had when another transaction changed it after this one began', async () => {
      const { id } = await saveParcel();
      await manager.transaction(async (inner) => {
        await inner.findOneByOrFail(Parcel, { id });
        await manager.save(Parcel, { id, pieces: 6, note: 'other' });
        await inner.save(Parcel, { id, name: 'b', pieces: 7 });
      });
      expect(await told()).toMatchObject([
        { data: { name: 'a', pieces: 6 }, previous: { pieces: 5, note: 'kept' } },
        { data: { name: 'b', pieces: 7, note: 'other' }, previous: { name: 'a', pieces: 6 } },
      ]);
    });
  }

  it('tells nothing of a change that is rolled back', async () => {
    const { id } = await saveParcel();
    const change = manager.transaction(async (inner) => {
      await inner.save(Parcel, { id, name: 'b' });
      await inner.softRemove(Parcel, { id });
      await inner.recover(Parcel, { id });
      await inner.remove(Object.assign(new Parcel(), { id }));
      throw new Error('No.');
    });
    await expect(change).rejects.toThrow('No.');
    expect(await told()).toEqual([]);
  });

  it('keeps a transaction from being committed whose event could not be recorded', async () => {
    const { id } = await saveParcel();
    const recorder = host.app.get(EventRecorder, { strict: false });
    const record = recorder.record.bind(recorder);
    recorder.record = () => Promise.reject(new Error('The disk is full.'));
    const change = manager.transaction((inner) =>
      inner.save(Parcel, { id, name: 'b' }).catch(() => undefined),
    );
    await expect(change).rejects.toThrow('"parcel.update" was announced, but no recorder acknowledged it');
    recorder.record = record;
    expect(await manager.findOneByOrFail(Parcel, { id })).toMatchObject({ name: 'a' });
  });

  it('logs statements by criteria once for each place, and tells nothing', async () => {
    const { id } = await saveParcel();
    const statements: (() => Promise<unknown>)[] = [
      async () => void (await manager.update(Parcel, { id }, { name: 'x' })),
      async () =>
        void (await manager.createQueryBuilder().update(Parcel).set({ name: 'y' }).where({ id }).execute()),
      async () => void (await manager.increment(Parcel, { id }, 'pieces', 1)),
      async () => void (await manager.softDelete(Parcel, { id })),
      async () => void (await manager.restore(Parcel, { id })),
      async () => void (await manager.delete(Parcel, { id })),
      async () => void (await manager.clear(Label)),
    ];
    for (const statement of statements) {
      warnings = [];
      await statement();
      await statement();
      expect(warnings).toEqual([
        expect.stringMatching(/was changed by criteria \((create|update|delete)\) at .*emits-webhooks\.spec/),
      ]);
    }
    expect(await told()).toEqual([]);
  });

  it.each([
    ['a partial save', () => manager.save(Parcel, { name: 'a' }, { transaction: false })],
    ['an insert', () => manager.insert(Label, { code: 'z' })],
    ['an upsert', () => manager.upsert(Label, { code: 'z' }, ['code'])],
  ])('refuses %s outside of a transaction', async (_, write) => {
    await expect(write()).rejects.toThrow('only be written in a transaction');
  });
});

/** A copy of what a test writes: TypeORM changes the object that it is given. */
function structuredCloneOf(values: Partial<Parcel>): Partial<Parcel> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? Buffer.from(value) : structuredClone(value),
    ]),
  );
}

/** An object with a value at a path. */
function withValue(object: Record<string, JsonValue>, path: string[], value: JsonValue): object {
  const [name = '', ...rest] = path;
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = (object[name] ?? {}) as Record<string, JsonValue>;
  return { ...object, [name]: withValue(inner, rest, value) as JsonValue };
}

describe('An entity whose changes cannot be told', () => {
  const kind = oneDatabase();
  let database: TestDatabase;

  beforeEach(async () => {
    database = await kind.createEmpty();
  });

  afterEach(() => database.drop());

  it.each([
    [
      'a property that it does not have',
      { columns: ['nothing'] },
      '"nothing" of "columns" is no property of it',
    ],
    ['a private column', { columns: ['id', 'secret'] }, '"secret" of "columns" has select: false'],
    ['a relation of another table', { columns: ['friends'] }, 'is a relation whose key is in another table'],
    ['no column at all', { columns: [] }, 'no column is left'],
    ['rows that the database deletes', { columns: ['id'] }, 'onDelete: "CASCADE" of "parent"'],
    [
      'rows that the database changes',
      { columns: ['id', 'friend'], events: ['update'] },
      'onDelete: "SET NULL" of "friend"',
    ],
  ])('stops the start: %s', async (_, options, problem) => {
    @EmitsWebhooks<never>({ model: 'odd', ...(options as object) })
    @Entity('odd')
    class Odd {
      @PrimaryGeneratedColumn()
      id!: number;

      @Column({ type: 'int', select: false, default: 0 })
      secret!: number;

      @ManyToOne(() => Odd, { onDelete: 'CASCADE', nullable: true })
      parent!: unknown;

      @ManyToOne(() => Odd, { onDelete: 'SET NULL', nullable: true })
      friend!: unknown;

      @ManyToMany(() => Odd)
      friends!: unknown;
    }
    const started = startHost({ databaseUrl: database.url, entities: [Odd] }).then(({ close }) => close());
    await expect(started).rejects.toThrow(problem);
  });

  it.each([
    [{ model: 'my order' }, '"model" must be a dotted name'],
    [{ model: undefined as never }, '"model" must be a dotted name'],
    [{ model: 'order', events: [] }, '"events" must be a list'],
    [{ model: 'order', events: ['created' as never] }, '"events" must be a list'],
  ])('is refused where it is decorated: %j', (options, problem) => {
    expect(() => EmitsWebhooks(options)(class Order {})).toThrow(problem);
  });
});
