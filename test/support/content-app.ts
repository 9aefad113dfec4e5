import { fileURLToPath } from 'node:url';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { WebhookEvent } from '../../src/events/webhook-event.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type HttpAgent, type RunningApp, startApp } from './start-app.js';

/** A small Strapi project, in which everything is that its schemas can have. */
export const STRAPI_PROJECT = fileURLToPath(new URL('../fixtures/strapi-project', import.meta.url));

/** When the clock of these tests begins. */
export const START = Date.parse('2020-01-10T08:47:36.264Z');
export const CREATED = '2020-01-10T08:47:36.264Z';

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export interface Entry {
  id: number;
  [key: string]: unknown;
}

/** A backend over content types of a test's own, and what it announced. */
export interface ContentApp {
  running: RunningApp;
  clock: ManualClock;
  /** Every event since {@link forget}. */
  events: WebhookEvent[];
  forget(): void;
  /** POST, which must be answered with 201. */
  made(path: string, data: unknown, http?: HttpAgent): Promise<Entry>;
  /** PUT, which must be answered with 200. */
  put(path: string, data: unknown, http?: HttpAgent): Promise<Entry>;
  /** GET, which must be answered with 200. */
  got(path: string, http?: HttpAgent): Promise<Entry>;
  /** POST without a body, which must be answered with 200. */
  acted(path: string): Promise<Entry>;
  /** The issues of a 400, as `path: message`. */
  refused(method: 'post' | 'put', path: string, body: unknown): Promise<string[]>;
  /** The id of a file that is uploaded for it. */
  uploaded(name?: string, bytes?: Buffer): Promise<number>;
}

export async function startContentApp(databaseUrl: string, types = STRAPI_PROJECT): Promise<ContentApp> {
  const clock = new ManualClock(START);
  const running = await startApp({
    databaseUrl,
    clock,
    settings: { content: { types }, delivery: { worker: false } },
  });
  const events: WebhookEvent[] = [];
  running.get(EventEmitter2).onAny((_name, event: unknown) => {
    if (WebhookEvent.is(event)) events.push(event);
  });
  const { http } = running;
  const dataOf = ({ body }: { body: unknown }) => (body as { data: Entry }).data;
  return {
    running,
    clock,
    events,
    forget: () => {
      events.length = 0;
    },
    made: async (path, data, as = http) => dataOf(await as.post(path).send({ data }).expect(201)),
    put: async (path, data, as = http) => dataOf(await as.put(path).send({ data }).expect(200)),
    got: async (path, as = http) => dataOf(await as.get(path).expect(200)),
    acted: async (path) => dataOf(await http.post(path).expect(200)),
    refused: async (method, path, body) => {
      const answer = await http[method](path)
        .send(body as object)
        .expect(400);
      const { error } = answer.body as {
        error: { message: string; details: { errors?: { path: string[]; message: string }[] } };
      };
      return (
        error.details.errors?.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [error.message]
      );
    },
    uploaded: async (name = 'image.png', bytes = PNG) => {
      const { body } = await http.post('/api/upload').attach('files', bytes, name).expect(201);
      return (body as { id: number }[])[0]?.id as number;
    },
  };
}
