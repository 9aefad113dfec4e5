import {
  type ArgumentsHost,
  BadRequestException,
  type CallHandler,
  type CanActivate,
  ClassSerializerInterceptor,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type NestInterceptor,
  Query,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';
import type { DataSource } from 'typeorm';
import { WebhookPublisher } from '../../src/app/embedded/webhook-publisher.js';
import { Clock } from '../../src/host/clock.js';
import { DATABASE } from '../../src/host/tokens.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { type HostApp, type HostAppOptions, startHost } from './host-app.js';

const ADMIN_TOKEN = 'a-token-of-the-hosts-environment';

/** Puts every answer into an envelope, as many hosts do. */
class WrappingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ theirs: data })));
  }
}

const theirFilter = {
  catch: (_error: unknown, host: ArgumentsHost) =>
    host.switchToHttp().getResponse<Response>().status(418).json({ theirs: 'an error' }),
};

const theirPipe = { transform: () => 'theirs' };

@Controller('things')
class ThingsController {
  @Get()
  list(@Query('name') name: string): { name: string } {
    return { name };
  }

  @Get('broken')
  break(): never {
    throw new Error('broken');
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

function useTheirs(app: NestExpressApplication): void {
  app.useGlobalInterceptors(new WrappingInterceptor(), new ClassSerializerInterceptor(app.get(Reflector)));
  app.useGlobalPipes(
    new ValidationPipe({ whitelist: true, exceptionFactory: () => new BadRequestException('theirs') }),
    theirPipe,
  );
  app.useGlobalFilters(theirFilter);
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
}

/** Lines that are written meanwhile have ids of their own, and an order of their own within a millisecond. */
const hideIds = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id');
const sortLines = (text: string) =>
  (JSON.parse(text) as { data: unknown[] }).data.map((line) => JSON.stringify(line)).toSorted();

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** Method and path of every route of ours: the host's own are beside them. */
function listRoutes(app: NestExpressApplication): [string, string][] {
  const { router } = app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
  return router.stack.flatMap(({ route }) =>
    route && !route.path.includes('things')
      ? Object.keys(route.methods).map((method): [string, string] => [method, route.path])
      : [],
  );
}

describeOnAnyDatabase('What is global in a host', (kind) => {
  let database: TestDatabase;
  let host: HostApp | null = null;

  beforeEach(async () => {
    database = await kind.createEmpty();
  });

  afterEach(async () => {
    await host?.close();
    host = null;
    await database.drop();
  });

  const start = async (options: Omit<HostAppOptions, 'databaseUrl'>) => {
    await host?.close();
    host = await startHost({ databaseUrl: database.url, ...options });
    return host;
  };

  it('leaves every answer of ours as it is without it, byte for byte', async () => {
    const plain: Omit<HostAppOptions, 'databaseUrl'> = {
      imports: [ThingsModule],
      module: { worker: false, guards: [], adminTokens: true, adminToken: ADMIN_TOKEN, dashboard: true },
      overrides: [{ provide: Clock, useValue: new ManualClock() }],
    };
    const bearer = (one: HostApp) => one.anonymous.set('Authorization', `Bearer ${ADMIN_TOKEN}`);
    let ids: Record<string, string> = {};
    const ask = async (one: HostApp) => {
      const http = bearer(one);
      const answers: Record<string, unknown[]> = {};
      for (const [method, path] of listRoutes(one.app)) {
        if (path.endsWith('/stream')) continue;
        // What would change something gets an id that names nothing, or a body that is not allowed.
        const isRead = method === 'get';
        const filled = path
          .replace(/(webhooks|deliveries|events)\/:\w+/, (_, name: string) =>
            isRead ? `${name}/${ids[name] ?? 'none'}` : `${name}/none`,
          )
          .replace(/:\w+|\*\w+/g, 'none');
        const request = http[method as 'get' | 'post'](filled);
        const answer = await (isRead ? request : request.send({ nope: 1 }));
        const { 'content-type': type, etag } = answer.headers as Record<string, string>;
        const text = hideIds(answer.text);
        const same = path.endsWith('/audit') ? [text.length, ...sortLines(text)] : text;
        answers[`${method} ${path}`] = [answer.status, type, etag !== undefined, same];
      }
      return answers;
    };

    const without = await start(plain);
    const made = await bearer(without)
      .post('/admin/webhooks')
      .send({ name: 'crm', url: 'http://127.0.0.1:9/', headers: {}, events: ['*'] })
      .expect(201);
    const event = await without.app
      .get(WebhookPublisher)
      .publish(without.app.get<DataSource>(DATABASE).manager, { type: 'order.placed', data: { total: 1 } });
    ids = { webhooks: (made.body as { data: { id: string } }).data.id, events: event };
    await database.save();
    const expected = await ask(without);
    await database.restore();

    const withTheirs = await start({
      ...plain,
      configure: useTheirs,
      providers: [
        { provide: APP_INTERCEPTOR, useClass: WrappingInterceptor },
        { provide: APP_PIPE, useValue: theirPipe },
        { provide: APP_FILTER, useValue: theirFilter },
      ],
    });
    expect(await ask(withTheirs)).toEqual(expected);
    expect(Object.keys(expected).length).toBeGreaterThan(35);
    // They are there, for the host.
    const { anonymous } = withTheirs;
    await anonymous.get('/v2/things?name=a').expect(200, { theirs: { theirs: { name: 'theirs' } } });
    await anonymous.get('/v2/things/broken').expect(418);
  });
});

@Injectable()
class Rules {
  readonly name: string = 'let me in';
}

@Module({ providers: [Rules], exports: [Rules] })
class RulesModule {}

@Injectable()
class RulesGuard implements CanActivate {
  constructor(private readonly rules: Rules) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-say'] === this.rules.name;
  }
}

describeOnAnyDatabase('A guard that injects what a module of the host exports', (kind) => {
  it.each([['forRoot'], ['forRootAsync']])('is before every route, with %s', async (method) => {
    const database = await kind.createEmpty();
    const structure = { guards: [RulesGuard], imports: [RulesModule], dashboard: method === 'forRoot' };
    const module =
      method === 'forRoot'
        ? { ...structure, worker: false }
        : {
            ...structure,
            inject: [Rules],
            options: (rules: Rules) => ({ worker: rules.name === '' }),
          };
    const host = await startHost({ databaseUrl: database.url, module });
    try {
      const paths = ['/admin/webhooks', '/admin/deliveries', '/admin/audit'];
      for (const path of [...paths, ...(method === 'forRoot' ? ['/dashboard'] : [])]) {
        await host.anonymous.get(path).expect(403);
        const { status } = await host.anonymous.get(path).set('X-Say', 'let me in');
        // The page is there once it is built.
        expect(path === '/dashboard' ? [200, 404] : [200]).toContain(status);
      }
    } finally {
      await host.close();
      await database.drop();
    }
  });
});
