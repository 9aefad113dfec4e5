import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { flush } from '../../src/testing/flush.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { useStage } from '../support/stage.js';
import { createWebhook } from '../support/webhooks.js';

/** JSON as text, with what it means: numbers by their digits, objects by their sorted keys. */
interface Json {
  text: string;
  meaning: unknown;
  /** The paths of what a parser would lose: numbers that no double holds, halves of surrogate pairs, keys given twice. */
  faults: string[][];
}

const KEYS = ['constructor', 'prototype', '__proto__', 'toString', 'hasOwnProperty', 'length', 'toJSON', ''];
const MORE_KEYS = ['created_at', 'entry', '0', '1', 'a.b', '$eq', 'id', 'a', 'A', 'a ', 'ä'];
const NUMBERS = [
  '0',
  '-1',
  '1.50',
  '1e2',
  '0.1',
  '1E-7',
  '1e+2',
  '-9007199254740991',
  '9007199254740992',
  '1000000000000000000000000',
  '5e-324',
  '1.7976931348623157e308',
];
const UNSOUND = [
  '9007199254740993',
  '76561198016705747',
  '1e400',
  '-1e400',
  '1E400',
  '9007199254740993.0',
  '-9007199254740993e0',
  '1e-400',
  '0.1234567890123456789',
];

/** The digits and the exponent of a number. */
function normalise(number: string): string {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const bare = digits.replace(/0+$/, '');
  if (bare === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - bare.length;
  return `${mantissa.startsWith('-') ? '-' : ''}${bare}e${power}`;
}

/** What a parsed value means, comparable with that of {@link Json}. */
function meaningOf(value: unknown): unknown {
  if (typeof value === 'number') return { number: normalise(String(value)) };
  if (Array.isArray(value)) return value.map(meaningOf);
  if (typeof value !== 'object' || value === null) return value;
  return { entries: sorted(Object.entries(value).map(([key, one]) => [key, meaningOf(one)])) };
}

function sorted(entries: [string, unknown][]): [string, unknown][] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const isWhole = (text: string) => !/\p{Surrogate}/u.test(text);

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.string());
const halves = fc.constantFrom('\ud83d', 'a\ude00', '\ude00\ud83d');
const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...KEYS, ...MORE_KEYS) }, text);

const aText = fc.oneof({ weight: 30, arbitrary: text }, halves).map((value): Json => ({
  text: JSON.stringify(value),
  meaning: value,
  faults: isWhole(value) ? [] : [[]],
}));

const aNumber = fc
  .oneof(
    { weight: 6, arbitrary: fc.constantFrom(...NUMBERS) },
    { weight: 6, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
    { weight: 6, arbitrary: fc.integer().map(String) },
    fc.constantFrom(...UNSOUND),
  )
  .map((number): Json => ({
    text: number,
    meaning: { number: normalise(number) },
    faults: UNSOUND.includes(number) ? [[]] : [],
  }));

const aConstant = fc
  .constantFrom(true, false, null)
  .map((value): Json => ({ text: String(value), meaning: value, faults: [] }));

const below = (step: string, { faults }: Json) => faults.map((path) => [step, ...path]);

function toObject(entries: [string, Json][]): Json {
  return {
    text: `{${entries.map(([name, { text: inner }]) => `${JSON.stringify(name)}:${inner}`).join(',')}}`,
    meaning: { entries: sorted(entries.map(([name, { meaning }]) => [name, meaning])) },
    faults: entries.flatMap(([name, one], index) => [
      ...(isWhole(name) ? below(name, one) : [[]]),
      ...(entries.slice(0, index).some(([earlier]) => earlier === name) ? [[name]] : []),
    ]),
  };
}

const { value: anything, object: anObject } = fc.letrec<{ value: Json; array: Json; object: Json }>(
  (tie) => ({
    value: fc.oneof({ maxDepth: 4 }, aText, aNumber, aConstant, tie('array'), tie('object')),
    array: fc.array(tie('value'), { maxLength: 4 }).map((items) => ({
      text: `[${items.map((item) => item.text).join(',')}]`,
      meaning: items.map(({ meaning }) => meaning),
      faults: items.flatMap((item, index) => below(String(index), item)),
    })),
    object: fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(toObject),
  }),
);

/** Several at once, so that one look of the worker sends them all. */
const several = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 25 });

const RUNS = { numRuns: 3 };

interface Answer {
  status: number;
  body: unknown;
}

describeOnEveryDatabase(
  'What is accepted arrives as it was sent, else it is refused with its place',
  (kind) => {
    const stage = useStage(kind);

    const post = (path: string, body: string) =>
      stage.app.http.post(path).set('Content-Type', 'application/json').send(body);

    /** Checks that what is sound was taken, and what is not was refused with one of its places; returns which. */
    function isTaken({ status, body }: Answer, place: string[], { faults }: Json): boolean {
      if (faults.length === 0) {
        expect(status).toBeLessThan(300);
        return true;
      }
      expect(status).toBe(400);
      const [issue] = (body as { error: { details: { errors: { path: string[] }[] } } }).error.details.errors;
      expect(faults.map((path) => [...place, ...path])).toContainEqual(issue?.path);
      return false;
    }

    it.each(['strapi-v3', 'strapi-v5', 'standard', 'cloudevents'])(
      'events in the format %s',
      async (format) => {
        await createWebhook(stage.app.http, stage.receiver.url, { format });
        await fc.assert(
          fc.asyncProperty(several(anObject), async (all) => {
            stage.receiver.requests.length = 0;
            const taken: Json[] = [];
            for (const json of all) {
              const answer = await post('/admin/events', `{"type":"a.b","data":${json.text}}`);
              if (!isTaken(answer, ['data'], json)) continue;
              taken.push(json);
              const read = await stage.app.http.get(`/admin/events/${answer.body.data.id}`);
              expect(meaningOf(read.body.data.data)).toEqual(json.meaning);
            }
            await flush(stage.app.app);
            const arrived = stage.receiver.requests.map((request) => meaningOf(request.json().data));
            expect(sortedTexts(arrived)).toEqual(sortedTexts(taken.map(({ meaning }) => meaning)));
          }),
          RUNS,
        );
      },
    );

    it('JSON attributes of entries, in answers, in the table and in events with the previous value', async () => {
      await createWebhook(stage.app.http, stage.receiver.url, {
        include: ['previous'],
        events: ['entry.update'],
      });
      const { body: made } = await post('/api/addresses', '{"data":{"city":"x"}}');
      const path = `/api/addresses/${(made as { data: { id: number } }).data.id}`;
      await fc.assert(
        fc.asyncProperty(anything, async (json) => {
          const answer = await stage.app.http
            .put(path)
            .set('Content-Type', 'application/json')
            .send(`{"data":{"geolocation":${json.text}}}`);
          if (!isTaken(answer, ['data', 'geolocation'], json)) return;
          stage.receiver.requests.length = 0;
          const read = await stage.app.http.get(path);
          await flush(stage.app.app);
          const sent = stage.receiver.requests.at(-1)?.json<{ entry: { geolocation: unknown } }>().entry;
          for (const entry of [answer.body.data, read.body.data, sent]) {
            expect(meaningOf(entry.geolocation)).toEqual(json.meaning);
          }
          await stage.app.http.put(path).send({ data: { geolocation: 'another' } });
          await flush(stage.app.app);
          const last = stage.receiver.requests.at(-1)?.json<{ previous: { geolocation: unknown } }>();
          expect(meaningOf(last?.previous.geolocation)).toEqual(json.meaning);
        }),
        { numRuns: 40 },
      );
    });

    it('texts and numbers of entries', async () => {
      await fc.assert(
        fc.asyncProperty(text, async (city) => {
          const { status, body } = await post('/api/addresses', JSON.stringify({ data: { city } }));
          const isFine = city !== '' && [...city].length <= 255;
          if (!isFine) return;
          expect(status).toBe(201);
          const read = await stage.app.http.get(`/api/addresses/${body.data.id}`);
          expect([body.data.city, read.body.data.city]).toEqual([city, city]);
        }),
        { numRuns: 30 },
      );
    });

    it('headers of webhooks', async () => {
      const name = fc.oneof(
        fc.constantFrom('constructor', 'prototype', '__proto__', 'toString', 'hasOwnProperty'),
        fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,10}$/).map((end) => `X-${end}`),
      );
      const value = fc.oneof(
        fc.stringMatching(/^[\x20-\x7e]{0,12}$/),
        fc.constantFrom(' a', 'a ', 'a\tb', '\xfc', '', '\ud83d', '\u{1f600}', 'a\r\nb: c'),
      );
      await fc.assert(
        fc.asyncProperty(several(fc.array(fc.tuple(name, value), { maxLength: 4 })), async (all) => {
          stage.receiver.requests.length = 0;
          const made: { id: string; path: string; headers: [string, string][] }[] = [];
          for (const headers of all) {
            const inner = headers.map((pair) => pair.map((one) => JSON.stringify(one)).join(':')).join(',');
            const path = `/${randomUUID()}`;
            const answer = await post(
              '/admin/webhooks',
              `{"name":"a","url":"${stage.receiver.url}${path}","events":["*"],"headers":{${inner}}}`,
            );
            if (answer.status === 201) made.push({ id: answer.body.data.id, path, headers });
            else expect(answer.body.error.details.errors[0].path[0]).toBe('headers');
          }
          await post('/admin/events', '{"type":"a.b","data":{}}').expect(202);
          await flush(stage.app.app);
          for (const { id, path, headers } of made) {
            const raw = stage.receiver.requests.find((request) => request.path === path)?.rawHeaders ?? [];
            const arrived = raw.flatMap((one, at) => (at % 2 === 0 ? [[one, raw[at + 1]]] : []));
            for (const pair of headers) expect(arrived).toContainEqual(pair);
            await stage.app.http.delete(`/admin/webhooks/${id}`).expect(200);
          }
        }),
        { numRuns: 4 },
      );
    });

    it('bodies that are not UTF-8, in any charset', async () => {
      const bytes = Buffer.from('{"data":{"name":"Z\xfcrich"}}', 'latin1');
      const send = (type: string) =>
        fetch(`${stage.app.baseUrl}/api/categories`, {
          method: 'POST',
          headers: { 'Content-Type': type, Authorization: `Bearer ${stage.app.token}` },
          body: new Uint8Array(bytes),
        });
      expect((await send('application/json')).status).toBe(400);
      expect((await send('application/json; charset=utf-16')).status).toBe(415);
      const { body } = await stage.app.http.get('/api/categories');
      expect(body.data).toEqual([]);
    });

    it('identifiers, byte by byte', async () => {
      const ids = ['a', 'A', 'ä', 'a\u0308', 'á'];
      for (const tenant of ids) {
        await post('/admin/events', JSON.stringify({ type: 'a.b', data: {}, tenant, key: tenant })).expect(
          202,
        );
      }
      for (const tenant of ids) {
        const { body } = await stage.app.http.get('/admin/events').query({ tenant });
        expect(body.data.map((event: { tenant: string }) => event.tenant)).toEqual([tenant]);
      }
      for (const key of ['a ', ' a', 'a\t']) {
        for (const place of ['tenant', 'key', 'model']) {
          await post('/admin/events', JSON.stringify({ type: 'a.b', data: {}, [place]: key })).expect(400);
        }
        await stage.app.http.get('/admin/events').query({ tenant: key }).expect(400);
      }
      await post('/admin/events', JSON.stringify({ type: 'a.b ', data: {} })).expect(400);
      const { id } = await createWebhook(stage.app.http, stage.receiver.url);
      await stage.app.http.get(`/admin/webhooks/${id}%20`).expect(404);
      await post('/admin/webhooks/batch-delete', JSON.stringify({ ids: [`${id} `] })).expect(200);
      await stage.app.http.get(`/admin/webhooks/${id}`).expect(200);
    });

    it('idempotency keys, byte by byte', async () => {
      const publish = async (idempotencyKey: string) => {
        const body = '{"type":"a.b","data":{}}';
        const answer = await post('/admin/events', body).set('Idempotency-Key', idempotencyKey).expect(202);
        return answer.body.data.id as string;
      };
      const keys = ['k', 'K', '\xe4', 'k  k', 'k k'];
      const made = [];
      for (const one of keys) made.push(await publish(one));
      expect(new Set(made).size).toBe(keys.length);
      expect(await publish('k')).toBe(made[0]);
    });

    it('query parameters: those that a route does not obey are refused', async () => {
      const { id } = await createWebhook(stage.app.http, stage.receiver.url);
      const { body } = await post('/api/addresses', '{"data":{"city":"Paris"}}');
      const entry = `/api/addresses/${body.data.id}`;
      const { http } = stage.app;
      const refused = async (request: PromiseLike<{ status: number; body: unknown }>, path: string[]) => {
        const { status, body: answer } = await request;
        expect(status).toBe(400);
        expect(answer).toMatchObject({ error: { details: { errors: [{ path }] } } });
      };
      await refused(http.put(`${entry}?locale=fr`).send({ data: { city: 'Nice' } }), ['locale']);
      await refused(http.delete(`${entry}?locale=fr`), ['locale']);
      await refused(http.post('/api/addresses?status=draft').send({ data: { city: 'Nice' } }), ['status']);
      await refused(http.get(`${entry}?sort=city`), ['sort']);
      await refused(http.get('/api/addresses?__proto__=1'), ['__proto__']);
      await refused(http.get('/api/addresses?filters[__proto__][$eq]=1'), ['filters']);
      await refused(http.get('/api/addresses?filters[city]x[$eq]=1'), ['filters[city]x[$eq]']);
      await refused(http.get('/api/addresses?filters[city][$eq]=%FF'), ['filters[city][$eq]']);
      await refused(http.post('/admin/events?dryRun=true').send({ type: 'a.b', data: {} }), ['dryRun']);
      await refused(http.get('/admin/webhooks?__proto__=1'), ['__proto__']);
      for (const inherited of ['constructor', 'prototype', 'toString', 'valueOf']) {
        await refused(http.get(`/admin/events?${inherited}=1`), []);
        await refused(http.get(`/api/addresses?${inherited}=1`), [inherited]);
        await refused(http.post('/admin/events').send({ type: 'a.b', data: {}, [inherited]: 1 }), []);
      }
      await refused(http.put(`/admin/webhooks/${id}?x=1`).send({}), ['x']);
      await refused(http.delete(`/admin/webhooks/${id}?soft=true`), ['soft']);
      await refused(http.get('/health/live?x=1'), ['x']);
      await refused(http.get('/metrics?name=a'), ['name']);
      await refused(http.get('/api/upload/files?sort=name'), ['sort']);
      expect((await http.get(entry)).body.data.city).toBe('Paris');
      expect((await http.get('/dashboard?x=1')).status).not.toBe(400);
      await http.get('/api/addresses?sort=city&pagination%5Bpage%5D=1&&').expect(200);
    });

    it('forms: file names and fields that are not UTF-8, and JSON in them', async () => {
      const upload = (fileInfo: string, name = 'a.txt') =>
        stage.app.http
          .post('/api/upload')
          .field('fileInfo', fileInfo)
          .attach('files', Buffer.from('a'), name);
      const sendRaw = async (fileInfo: string, name: string) => {
        const part = (head: string, content: string) =>
          `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
        const form = `${part('name="fileInfo"', fileInfo)}${part(`name="files"; filename="${name}"`, 'a')}--x--\r\n`;
        const { status } = await fetch(`${stage.app.baseUrl}/api/upload`, {
          method: 'POST',
          headers: {
            'Content-Type': 'multipart/form-data; boundary=x',
            Authorization: `Bearer ${stage.app.token}`,
          },
          body: new Uint8Array(Buffer.from(form, 'latin1')),
        });
        return status;
      };
      expect(await sendRaw('{"caption":"a"}', 'a.txt')).toBe(201);
      expect(await sendRaw('{"caption":"Z\xfcrich"}', 'a.txt')).toBe(400);
      expect(await sendRaw('{"caption":"a"}', 'Z\xfcrich.txt')).toBe(400);
      await upload('{"focalPoint":{"x":1.23456789012345678,"y":1}}').expect(400);
      await upload('{"caption":"a","caption":"b"}').expect(400);
      await upload(String.raw`{"caption":"\ud83d"}`).expect(400);
      const { body } = await upload('{"caption":"Zürich","focalPoint":{"x":1.5,"y":1}}').expect(201);
      expect(body[0]).toMatchObject({ caption: 'Zürich', focalPoint: { x: 1.5, y: 1 } });
    });
  },
);

function sortedTexts(values: unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).toSorted();
}
