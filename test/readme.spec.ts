import 'reflect-metadata';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RequestMethod, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Webhook } from 'standardwebhooks';
import { parse } from 'yaml';
import { buildContentSchemas, type DescribedType } from '../src/content/schema/content-schemas.js';
import { loadContentTypes } from '../src/content/schema-files/load-content-types.js';
import { describedEventTypes } from '../src/app/event-types.js';
import { BUILT_IN_EVENT_TYPES, buildCustomEventType, EventCatalogue } from '../src/events/event-catalogue.js';
import { type EventType } from '../src/events/event-type.js';
import { relocateRefs } from '../src/events/schemas/relocate-refs.js';
import { buildFileSchema } from '../src/media/schema/file-schema.js';
import { sign } from '../src/delivery/sending/signature.js';
import { DEFAULT_EXTRAS } from '../src/app/embedded/webhooks-module-options.js';
import { AUDITED } from '../src/auth/audit.js';
import { PUBLIC_ROUTE, REQUIRED_SCOPE, SCOPES } from '../src/auth/scopes.js';
import { toVariableName } from '../src/settings/load-settings.js';
import { CONFIG_FOLDER, PACKAGE_ROOT } from '../src/package.js';
import { bodySchema, dataSchemaOf } from '../src/webhooks/formats/body-schema.js';
import { exampleEvent } from '../src/webhooks/formats/example-event.js';
import { TEST_EVENT } from '../src/webhooks/formats/recorded-event.js';
import {
  FILTER_ENVIRONMENT,
  FILTER_FUNCTIONS,
  FILTER_METHODS,
} from '../src/webhooks/filters/filter-environment.js';
import { FORMAT_NAMES, renderBody } from '../src/webhooks/formats/render-body.js';
import { INCLUDES } from '../src/webhooks/formats/rendering.js';
import { availableDatabases } from './support/databases.js';
import { ajv2020 } from './support/described-bodies.js';
import { type RunningApp, startApp } from './support/start-app.js';

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
      `\`${toVariableName(path)}\``,
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
  const EXAMPLES = examples();
  const CATALOGUE = new EventCatalogue([
    ...describedEventTypes(contentTypes()),
    buildCustomEventType({ name: 'order.shipped', description: 'An order left the house.' }),
  ]);
  const ofDocs = readdirSync(join(PACKAGE_ROOT, 'docs')).filter((file) => file.endsWith('.md'));
  const documents = ['README.md', ...ofDocs.map((file) => `docs/${file}`)];

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

  it.each(BUILT_IN_EVENT_TYPES.map(({ name }) => name))('show %s', (name) => {
    expect(EXAMPLES.map(({ told, format }) => [told['event'], format])).toContainEqual([name, 'strapi-v3']);
    expect(README).toContain(`\`${name}\``);
  });

  it.each(FORMAT_NAMES)('show the format %s', (format) => {
    expect(EXAMPLES.map((example) => example.format)).toContain(format);
    expect(README).toContain(`\`${format}\``);
    expect(PAYLOADS).toContain(`### \`${format}\``);
  });

  it.each(EXAMPLES.map((example) => [example.format, example.type, example] as const))(
    'show in %s a body of %s that fits its schema, its keys in their order',
    (format, name, { told }) => {
      const type = CATALOGUE.get(name);
      // The test is no event that anybody can subscribe to.
      if (!type) return expect([name, Object.keys(told)]).toEqual([TEST_EVENT, ['event', 'createdAt']]);
      const place = '#/$defs/data';
      const validate = ajv2020().compile({
        ...bodySchema(format, type, place),
        $defs: { data: relocateRefs(dataSchemaOf(format, type), place) },
      });
      expect([validate(told), validate.errors]).toEqual([true, null]);
      expect(Object.keys(told)).toEqual(keysOf(format, type, told));
      const { model, entry, media } = (told['data'] ?? told) as Record<string, object>;
      if (entry) expect(Object.keys(entry)).toEqual(keysOfEntry(format, String(model)));
      if (media) expect(Object.keys(media)).toEqual(keysOfFile(format));
    },
  );

  it('name every scope', () => {
    for (const scope of SCOPES) expect(API).toContain(`\`${scope}\``);
  });

  it('name every option of the embedded module, and its default', () => {
    const told = rowsOf(read('docs/embedding.md')).map(([name, value]) => [name, value]);
    const { dataSource: _, ...defaults } = DEFAULT_EXTRAS;
    expect(told).toEqual(expect.arrayContaining([['`dataSource`', expect.any(String)]]));
    for (const [name, value] of Object.entries(defaults)) {
      const written = value === '' ? 'none' : `\`${Array.isArray(value) ? '[]' : String(value)}\``;
      expect(told).toContainEqual([`\`${name}\``, written]);
    }
  });

  it('name everything that filters know', () => {
    const section = API.slice(API.indexOf('\n## Filters'), API.indexOf('\n## Deliveries'));
    const variables = FILTER_ENVIRONMENT.getDefinitions()
      .variables.filter(({ type }) => !/\btype\b|Namespace$/.test(type))
      .map(({ name }) => name);
    const known = [...variables, ...FILTER_FUNCTIONS, ...FILTER_METHODS];
    // The parts of a time are told by one of them.
    const told = known.filter((name) => !/^get(?!FullYear)/.test(name));
    expect(told.filter((name) => !new RegExp(`\`${name}(\\(\\))?\``).test(section))).toEqual([]);
  });

  describe('tell of the running application', () => {
    let running: RunningApp;
    let drop: () => Promise<void>;

    beforeAll(async () => {
      const [kind] = availableDatabases();
      const store = await kind!.create();
      drop = () => store.drop();
      running = await startApp({ databaseUrl: store.url });
    });

    afterAll(async () => {
      await running.close();
      await drop();
    });

    it('every route, and no other', async () => {
      const { body } = await running.http.get('/openapi.json').expect(200);
      const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
        Object.keys(methods).map(
          (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        ),
      );
      const told = [...API.matchAll(/`((?:GET|POST|PUT|DELETE) \/[^`\s?]*)[^`\s]*`/g)].map(
        ([, route]) => route,
      );
      const undescribed = ['GET /docs', 'GET /openapi.json', 'GET /asyncapi.json'];
      expect([...new Set(told)].sort()).toEqual([...routes, ...undescribed].sort());
    });

    it('the scope of each route', () => {
      const told = new Map(
        rowsOf(API).flatMap(([route = '', scope = '']) => {
          const [, name] = /^`((?:GET|POST|PUT|DELETE) \/[^`?]*)/.exec(route) ?? [];
          return name === undefined ? [] : [[name, scope.replaceAll('`', '')] as const];
        }),
      );
      // The page is none of the API's routes.
      for (const { route, scope } of handlersOf(running).filter(
        (one) => !one.route.startsWith('GET /dashboard'),
      ))
        expect([route, told.get(route)]).toEqual([route, scope]);
    });

    it('every action of the audit log', () => {
      const actions = handlersOf(running).flatMap(({ action }) => (action === undefined ? [] : [action]));
      expect(actions.filter((action) => !API.includes(`\`${action}\``))).toEqual([]);
    });

    it('every key of a webhook, and of its health', async () => {
      const { body } = await createWebhookWith(running);
      const keys = rowsOf(API).flatMap(([cell = '']) => cell.split(',').map((key) => key.trim()));
      const shown = Object.keys(body.data as object).map((key) => `\`${key}\``);
      expect(shown.filter((key) => !keys.includes(key))).toEqual([]);
      const health = Object.keys((body.data as { health: object }).health);
      expect(API).toContain(`\`{${health.join(', ')}}\``);
    });
  });
});

const createWebhookWith = async ({ http }: RunningApp) =>
  http
    .post('/admin/webhooks')
    .send({ name: 'x', url: 'https://hooks.example.com', headers: {}, events: [] })
    .expect(201);

interface Handler {
  route: string;
  /** `none` for those that are open. */
  scope: string;
  action: string | undefined;
}

/** Every handler of every controller, with what its decorators say. */
function handlersOf({ app }: RunningApp): Handler[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) =>
    [...module.controllers.values()].flatMap(({ metatype }) => (metatype ? [metatype as Type] : [])),
  );
  return controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, object>;
    return Object.getOwnPropertyNames(prototype).flatMap((name): Handler[] => {
      const handler = prototype[name]!;
      const said = (key: string): unknown =>
        Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller);
      const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      const parts = [controller, handler].map((of) => Reflect.getMetadata('path', of) as string);
      const path = `/${parts.join('/')}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1');
      const scope = said(PUBLIC_ROUTE) === true ? 'none' : String(said(REQUIRED_SCOPE));
      return [
        { route: `${RequestMethod[method]} ${path}`, scope, action: said(AUDITED) as string | undefined },
      ];
    });
  });
}

/** What the events are of that the payloads tell: what comes with this repository, and a type with drafts. */
function contentTypes(): DescribedType[] {
  const title = { name: 'title', type: 'string', required: true, private: false };
  const article = { uid: 'api::article.article', singularName: 'article', displayName: 'Article' };
  return [
    ...loadContentTypes(join(PACKAGE_ROOT, 'config/content-types')),
    { ...article, draftAndPublish: true, attributes: [title] },
  ];
}

/** The bodies that the payloads show. */
function examples(): { format: string; type: string; told: Record<string, unknown> }[] {
  return blocksOf(PAYLOADS, 'json').map((block) => {
    const told = JSON.parse(block) as Record<string, unknown>;
    return { format: formatOf(told), type: String(told['event'] ?? told['type']), told };
  });
}

function formatOf(told: Record<string, unknown>): string {
  if ('specversion' in told) return 'cloudevents';
  if ('timestamp' in told) return 'standard';
  return 'createdAt' in told && told['event'] !== TEST_EVENT ? 'strapi-v5' : 'strapi-v3';
}

/** The keys of a type's bodies, with those includes that one of them has. */
function keysOf(format: string, type: EventType, told: object): string[] {
  const include = INCLUDES.filter((name) => name in told);
  const event = exampleEvent(type, { id: 'e', tenant: null, createdAt: 0 });
  const of = type.name === 'order.shipped' ? { ...event, model: 'order' } : event;
  const { body } = renderBody({ format, include, cloudEventsSource: '/' }, of);
  return Object.keys(JSON.parse(body) as object);
}

function keysOfEntry(format: string, model: string): string[] {
  const { definitions, entries } = buildContentSchemas(contentTypes(), format === 'strapi-v5' ? 'v5' : 'v3');
  const reference = String(entries.find((entry) => entry.model === model)?.schema['$ref']);
  const { properties } = definitions[reference.replace('#/$defs/', '')] as { properties: object };
  return Object.keys(properties);
}

function keysOfFile(format: string): string[] {
  const { properties } = buildFileSchema(format === 'strapi-v5' ? 'v5' : 'v3', true) as {
    properties: object;
  };
  return Object.keys(properties);
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
