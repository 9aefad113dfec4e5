import 'reflect-metadata';
import { RequestMethod, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AUDITED } from '../../src/auth/audit.js';
import { PUBLIC_ROUTE, REQUIRED_SCOPE, SCOPES } from '../../src/auth/scopes.js';
import {
  FILTER_ENVIRONMENT,
  FILTER_FUNCTIONS,
  FILTER_METHODS,
} from '../../src/webhooks/filters/filter-environment.js';
import { availableDatabases } from '../support/databases.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { readDocument, rowsOf } from './documents.js';

const API = readDocument('docs/api.md');

describe('The documents', () => {
  it('name every scope', () => {
    for (const scope of SCOPES) expect(API).toContain(`\`${scope}\``);
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
      const told = [...API.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^`\s?]*)[^`\s]*`/g)].map(
        ([, route]) => route,
      );
      const undescribed = ['GET /docs', 'GET /openapi.json', 'GET /asyncapi.json'];
      expect([...new Set(told)].sort()).toEqual([...routes, ...undescribed].sort());
    });

    it('the scope of each route', () => {
      const told = new Map(
        rowsOf(API).flatMap(([route = '', scope = '']) => {
          const [, name] = /^`((?:GET|POST|PUT|PATCH|DELETE) \/[^`?]*)/.exec(route) ?? [];
          return name === undefined ? [] : [[name, scope.replaceAll('`', '')] as const];
        }),
      );
      // The page is none of the API's routes.
      for (const { route, scope } of handlersOf(running).filter(
        (one) => !/^GET \/(dashboard|portal)/.test(one.route),
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
