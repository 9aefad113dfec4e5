import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { parse } from 'yaml';
import { BUILT_IN_EVENT_TYPES, type EventType } from '../src/events/event-catalogue.js';
import { sign } from '../src/delivery/sending/signature.js';
import { SCOPES } from '../src/http/requires-scope.js';
import { variableOf } from '../src/settings/load-settings.js';
import { CONFIG_FOLDER, PACKAGE_ROOT } from '../src/start.js';
import { renderBody } from '../src/webhooks/formats/render-body.js';
import { availableDatabases } from './support/databases.js';
import { startApp } from './support/start-app.js';

const read = (file: string) => readFileSync(join(PACKAGE_ROOT, file), 'utf8');

const README = read('README.md');
const PAYLOADS = read('docs/payloads.md');
const API = read('docs/api.md');

/** The rows of a text's tables, cell by cell. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The fenced blocks of a language. */
function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code]) => code ?? '',
  );
}

/** Every key of a settings file that has a value, with its path. */
function leavesOf(tree: object, path: string[] = []): [string[], unknown][] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]): [string[], unknown][] => {
    const here = [...path, key];
    const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isBranch && Object.keys(value).length > 0 ? leavesOf(value, here) : [[here, value]];
  });
}

const settingsIn = (file: string) => leavesOf(parse(readFileSync(join(CONFIG_FOLDER, file), 'utf8')));

/** A value as the README writes it. */
function shown(value: unknown): string {
  if (value === null) return 'none';
  if (value === '') return 'empty';
  const isList = Array.isArray(value) && value.length > 0;
  const text = isList ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return `\`${text}\``;
}

describe('The README', () => {
  it('has the two commands', () => {
    const commands = blocksOf(README, 'sh').flatMap((block) => block.split('\n'));
    expect(commands).toEqual(expect.arrayContaining(['npm ci && npm start', 'npm ci && npm test']));
  });

  it('names every setting with its variable and its default, and no other', () => {
    const expected = settingsIn('default.yaml').map(([path, value]) => [
      `\`${path.join('.')}\``,
      `\`${variableOf(path)}\``,
      shown(value),
    ]);
    const told = rowsOf(README)
      .filter(([, variable]) => /^`[A-Z][A-Z_]+`$/.test(variable ?? ''))
      .map((row) => row.slice(0, 3));
    expect(told).toEqual(expected);
  });

  it.each([
    ['development.yaml', 2],
    ['production.yaml', 3],
  ])('tells what %s sets', (file, column) => {
    for (const [path, value] of settingsIn(file)) {
      const rows = rowsOf(README).filter(([key]) => key === `\`${path.join('.')}\``);
      expect(rows.map((row) => row[column] ?? '')).toContainEqual(expect.stringContaining(shown(value)));
    }
  });

  it('names scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...README.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
  });

  it('has a verification that takes what is genuine and nothing else', async () => {
    const code = blocksOf(README, 'js').find((block) => block.includes('isGenuine')) ?? '';
    const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      isGenuine: (headers: Record<string, string>, rawBody: Buffer, secret: string) => boolean;
    };
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const body = Buffer.from('{"event":"entry.create","city":"Köln"}');
    const headersAt = (timestamp: number) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,AAAA ${sign([secret], 'msg_1', timestamp, body)}`,
    });
    const now = Math.floor(Date.now() / 1000);
    expect(isGenuine(headersAt(now), body, secret)).toBe(true);
    expect(isGenuine(headersAt(now), Buffer.concat([body, Buffer.from(' ')]), secret)).toBe(false);
    expect(isGenuine(headersAt(now - 301), body, secret)).toBe(false);
    expect(isGenuine(headersAt(now), body, `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(false);
    expect(isGenuine({}, body, secret)).toBe(false);
    // What it says of the package: the raw body may be a buffer, and what comes back is the event.
    expect(new Webhook(secret).verify(body, headersAt(now))).toMatchObject({ event: 'entry.create' });
  });
});

describe('The documents', () => {
  const documents = ['README.md', ...readdirSync(join(PACKAGE_ROOT, 'docs')).map((file) => `docs/${file}`)];

  it.each(documents)('%s links to files and headings that there are', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link ?? '');
    const broken = links
      .filter((link) => !link.includes('://'))
      .filter((link) => {
        const [file, heading] = link.split('#');
        const target = file ? join(dirname(document), file) : document;
        if (!existsSync(join(PACKAGE_ROOT, target))) return true;
        return heading !== undefined && !anchorsOf(read(target)).includes(heading);
      });
    expect(broken).toEqual([]);
  });

  it.each(BUILT_IN_EVENT_TYPES.map((type) => [type.name, type] as const))(
    'show %s with the keys that it has, in their order',
    (name, type) => {
      const examples = blocksOf(PAYLOADS, 'json').map((block) => JSON.parse(block) as { event: string });
      const [example] = examples.filter(({ event }) => event === name);
      expect(keysOf(example)).toEqual(keysOf(JSON.parse(bodyOf(type))));
      expect(README).toContain(`\`${name}\``);
    },
  );

  it('name every scope', () => {
    for (const scope of SCOPES) expect(API).toContain(`\`${scope}\``);
  });

  it('name every route, and no other', async () => {
    const [kind] = availableDatabases();
    const store = await kind!.create();
    const posthorn = await startApp({ databaseUrl: store.url });
    try {
      const { body } = await posthorn.http.get('/openapi.json').expect(200);
      const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
        Object.keys(methods).map(
          (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        ),
      );
      const told = [...API.matchAll(/`((?:GET|POST|PUT|DELETE) \/[^`\s]*)`/g)].map(([, route]) => route);
      const undescribed = ['GET /docs', 'GET /openapi.json'];
      expect([...new Set(told)].sort()).toEqual([...routes, ...undescribed].sort());
    } finally {
      await posthorn.close();
      await store.drop();
    }
  });
});

/** An example event's body, as it is sent. */
function bodyOf({ name, example, hasUid }: EventType): string {
  const ofEntry = { model: 'address', uid: 'api::address.address', key: '1' };
  const event = { id: 'e', type: name, tenant: null, data: example, createdAt: 0 };
  const of = hasUid ? ofEntry : { model: null, uid: null, key: null };
  return renderBody({ format: 'strapi-v3', include: [], cloudEventsSource: '/' }, { ...event, ...of }).body;
}

/** The keys of a body and of what is in it, in their order. */
function keysOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value).map(([key, inner]: [string, unknown]) =>
    ['entry', 'media', 'data'].includes(key) ? [key, keysOf(inner)] : key,
  );
}

/** How GitHub links to the headings of a text. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
