import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import type { ReceivedRequest } from '../../src/testing/receiver.js';
import { type Change, playChanges } from '../strapi-fixtures/play-changes.mjs';
import { FILES } from '../strapi-fixtures/files.mjs';
import { type Body, buildOutline, isWithin } from '../support/body-outline.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { type Stage, useStage } from '../support/stage.js';
import type { HttpAgent } from '../support/start-app.js';
import { createWebhook } from '../support/webhooks.js';

/** What a real Strapi sent for the changes; `node test/strapi-fixtures/record.mjs` records it. */
const recorded = readFixture<{
  /** The names of the changes' entries and files, by their document ids. */
  names: Record<string, string>;
  /** For each change. */
  changes: { headers: Record<string, string>; body: string }[][];
}>('recorded.json');

const changes = readFixture<(Change & { as?: string })[]>('changes.json');

/** Strapi does not read an entry that it deletes, so that its links are missing: ours has them. */
const WHOLE_HERE = ['entry.delete', 'entry.unpublish'];

/** Headers that Node's fetch sends of itself, and that are no part of Strapi's webhooks. */
const OF_FETCH = ['accept-language', 'sec-fetch-mode', 'accept-encoding', 'user-agent', 'connection'];

type SuperTestRequest = ReturnType<HttpAgent['post']>;

interface Thing {
  id: number;
  documentId: string;
}

type Made = Pick<Thing, 'id'>;

interface Sent {
  body: Body;
  headers: ReceivedRequest['headers'];
}

function readFixture<T>(name: string): T {
  const path = fileURLToPath(new URL(`../strapi-fixtures/${name}`, import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

describeOnAnyDatabase('The bodies of a script of changes', (kind) => {
  const stage = useStage(kind, {
    settings: {
      content: {
        types: fileURLToPath(new URL('../strapi-fixtures/project', import.meta.url)),
        format: 'strapi-v5',
      },
    },
  });

  it('equal those of a real Strapi, key for key and in order', async () => {
    await createWebhook(stage.app.http, stage.receiver.url, { format: 'strapi-v5' });
    const { sent, made } = await playChanges<Thing, Sent>(changes, {
      toReference: ({ id }) => id,
      make: async (change) => {
        const thing = await makeChange(stage, change);
        await stage.app.get(DeliveryWorker).runOnce();
        const requests = stage.receiver.requests.splice(0);
        const events = requests.map(({ body, headers }) => ({
          body: JSON.parse(body.toString()) as Body,
          headers,
        }));
        const [first] = events;
        const documentId = (first?.body.entry ?? first?.body.media)?.['documentId'] as string;
        return { ...(thing ? { thing: { ...thing, documentId } } : {}), events };
      },
    });
    const names = Object.fromEntries([...made].map(([name, { documentId }]) => [documentId, name]));
    const told: unknown[] = [];
    const expected: unknown[] = [];
    for (const [index, change] of changes.entries()) {
      const theirs = (recorded.changes[index] ?? []).map(({ body }) => JSON.parse(body) as Body);
      const ours = (sent[index] ?? []).map(({ body }) => body);
      const label = `${index} ${change.do} ${change.as ?? (change.of as string)}`;
      const wanted = theirs.map((body) => buildOutline(body, recorded.names));
      const got = ours.map((body, at) => {
        const outline = buildOutline(body, names);
        const want = wanted[at];
        const isMore = want !== undefined && WHOLE_HERE.includes(body.event) && isWithin(want, outline);
        return isMore ? want : outline;
      });
      expected.push([label, wanted]);
      told.push([label, got]);
    }
    expect(told).toEqual(expected);
  });

  it('come with the headers of a real Strapi, and our own', async () => {
    await createWebhook(stage.app.http, stage.receiver.url, { format: 'strapi-v5' });
    await stage.app.http
      .post('/api/tags')
      .send({ data: { label: 'Red' } })
      .expect(201);
    await stage.app.get(DeliveryWorker).runOnce();
    const { headers } = stage.receiver.requests[0] as ReceivedRequest;
    const theirs = recorded.changes[changes.findIndex(({ type }) => type === 'tag')]?.[0]?.headers ?? {};
    const open = Object.entries(theirs).filter(([name]) => !OF_FETCH.includes(name));
    expect(open.map(([name]) => name)).toEqual(['x-strapi-event', 'content-type', 'accept']);
    expect(headers).toMatchObject(Object.fromEntries(open));
  });
});

const PLURALS: Record<string, string> = {
  article: 'articles',
  category: 'categories',
  tag: 'tags',
  shelf: 'shelves',
  page: 'pages',
};

/** Makes a change. Gives the entry or file that it made. */
async function makeChange({ app }: Stage, change: Change & { of?: Thing }): Promise<Made | undefined> {
  const { do: kind, type = '', of, data, file, info, to } = change;
  const path = type === 'home' ? '/api/home' : `/api/${PLURALS[type] ?? type}`;
  const { http } = app;
  const at = of ? `${path}/${of.id}` : path;
  const act = (action: string) => http.post(`${at}/actions/${action}`).expect(200);
  switch (kind) {
    case 'upload': {
      const { body } = await attach(http.post('/api/upload'), file, info, to).expect(201);
      return (body as Made[])[0];
    }
    case 'change-file':
    case 'replace-file':
      await attach(http.post(`/api/upload?id=${of?.id}`), file, info).expect(200);
      return undefined;
    case 'remove-file':
      await http.delete(`/api/upload/files/${of?.id}`).expect(200);
      return undefined;
    case 'create':
      return readMade(await http.post(path).send({ data }).expect(201));
    case 'save':
      return readMade(await http.put(path).send({ data }).expect(200));
    case 'update':
      await http.put(at).send({ data }).expect(200);
      return undefined;
    case 'remove':
      await http.delete(type === 'home' ? path : at).expect(204);
      return undefined;
    default:
      await act(kind);
      return undefined;
  }
}

function readMade({ body }: { body: unknown }): Made {
  return (body as { data: Made }).data;
}

function attach(
  request: SuperTestRequest,
  file?: string,
  info?: unknown,
  to?: Change['to'],
): SuperTestRequest {
  const upload = file === undefined ? undefined : FILES[file];
  if (upload) request.attach('files', upload.bytes, { filename: file ?? '', contentType: upload.type });
  if (info !== undefined) request.field('fileInfo', JSON.stringify(info));
  if (to) {
    request.field({
      ref: `api::${to.type}.${to.type}`,
      refId: String((to.thing as Made).id),
      field: to.field,
    });
  }
  return request;
}
