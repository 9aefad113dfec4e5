import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { InvalidEventError } from '../../src/app/embedded/check-event.js';
import { prepareHostDatabase } from '../../src/app/embedded/prepare-host-database.js';
import { OtherDataSourceError, WebhookPublisher } from '../../src/app/embedded/webhook-publisher.js';
import { webhooksEntities } from '../../src/app/embedded/webhooks-entities.js';
import { WebhooksModule } from '../../src/app/embedded/webhooks.module.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { WebhookEventEntity } from '../../src/delivery/model/delivery-entities.js';
import { WebhookEvent } from '../../src/events/webhook-event.js';
import type { JsonObject } from '../../src/events/json.js';
import { describeOnEveryDatabase, oneDatabase, type TestDatabase } from '../support/databases.js';
import { SILENT, TEST_SECRETS_KEY } from '../support/start-app.js';
import { type HostApp, type HostAppOptions, startHost, Webhook } from './host-app.js';

describeOnEveryDatabase('A host whose tables are not there', (kind) => {
  it('is told at the start in one sentence, where "migrate" is off', async () => {
    const database = await kind.createEmpty();
    const options = dataSourceOptions({ url: database.url, dataDir: '/nonexistent', poolSize: 2 }, []);
    const source = await new DataSource({ ...options, entities: webhooksEntities() }).initialize();
    const prepare = (migrate: boolean) => prepareHostDatabase(source, { tablePrefix: 'posthorn_', migrate });
    try {
      await expect(prepare(false)).rejects.toThrow(
        /^The table "posthorn_\w+" of Posthorn, or a column of it, is not there .*Set "migrate" to true/,
      );
      await prepare(true);
      await prepare(false);
      await source.query('ALTER TABLE `posthorn_webhook_attempts` DROP COLUMN `request_id`');
      await expect(prepare(false)).rejects.toThrow(
        /^The table "posthorn_webhook_attempts" of Posthorn, or a column of it, is not there/,
      );
    } finally {
      await source.destroy();
      await database.drop();
    }
  });
});

describe('A host is told in one sentence', () => {
  // A start that is refused leaves its data source open: that of SQLite keeps no process alive.
  const kind = oneDatabase();
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

  const start = async (options: Omit<HostAppOptions, 'databaseUrl'> = {}) => {
    host = await startHost({ databaseUrl: database.url, ...options });
    return host;
  };

  const dataSource = (name?: string) =>
    TypeOrmModule.forRoot({
      ...dataSourceOptions({ url: database.url, dataDir: '/nonexistent', poolSize: 5 }, []),
      ...(name === undefined ? {} : { name }),
      entities: webhooksEntities(),
      toRetry: () => false,
    });

  const guards = [{ canActivate: () => true }];

  describe('at the start', () => {
    it.each([
      [
        'none',
        undefined,
        'orders',
        /^WebhooksModule found no data source without a name: .* option "dataSource"/,
      ],
      ['another', 'order', 'orders', /^WebhooksModule found no data source with the name "order"/],
    ])('that its data source has a name and the module was told %s', async (_, told, name, message) => {
      const module = Test.createTestingModule({
        imports: [
          dataSource(name),
          WebhooksModule.forRoot({
            secretsKey: TEST_SECRETS_KEY,
            guards,
            migrate: true,
            ...(told === undefined ? {} : { dataSource: told }),
          }),
        ],
      }).setLogger(SILENT);
      await expect(module.compile()).rejects.toThrow(message);
    });

    it.each([[undefined], [''], ['  '], [null]])('that the key is missing: %j', async (secretsKey) => {
      await expect(start({ module: { secretsKey: secretsKey as never } })).rejects.toThrow(
        /^WebhooksModule: "secretsKey" is missing\. Give it base64 of 32 bytes/,
      );
    });

    it('that its platform is not Express, unless there are no routes', async () => {
      class OtherAdapter extends ExpressAdapter {
        override getType(): string {
          return 'fastify';
        }
      }
      const init = async (controllers: boolean) => {
        const testing = await Test.createTestingModule({
          imports: [
            dataSource(),
            WebhooksModule.forRoot({ secretsKey: TEST_SECRETS_KEY, guards, migrate: true, controllers }),
          ],
        })
          .setLogger(SILENT)
          .compile();
        const app = testing.createNestApplication(new OtherAdapter(), { logger: SILENT });
        try {
          await app.init();
        } finally {
          await app.close();
        }
      };
      await expect(init(true)).rejects.toThrow(
        /^WebhooksModule: its routes need Express, .* runs on fastify/,
      );
      await init(false);
    });

    it('that its database is of another kind', async () => {
      const postgres = { options: { type: 'postgres' } } as DataSource;
      await expect(prepareHostDatabase(postgres, { tablePrefix: '', migrate: true })).rejects.toThrow(
        /^The data source is of the type "postgres", and Posthorn needs MySQL, MariaDB or SQLite/,
      );
    });
  });

  describe('at run time', () => {
    it('that a manager is of another data source', async () => {
      const { app } = await start({ module: { worker: false } });
      const options = dataSourceOptions({ url: database.url, dataDir: '/nonexistent', poolSize: 2 }, []);
      const other = await new DataSource(options).initialize();
      try {
        const publish = app.get(WebhookPublisher).publish(other.manager, { type: 'a.b', data: {} });
        await expect(publish).rejects.toThrow(OtherDataSourceError);
      } finally {
        await other.destroy();
      }
    });

    it('that nobody waited for an emit when its transaction ended', async () => {
      const { app } = await start({ module: { worker: false }, imports: [EventEmitterModule.forRoot()] });
      const source = app.get(DataSource);
      const change = source.transaction(async (manager) => {
        await manager.insert(Webhook, { name: 'a' });
        app.get(EventEmitter2).emit('a.b', new WebhookEvent({ type: 'a.b', data: {} }, manager));
      });
      await expect(change).rejects.toThrow('The event "a.b" was announced, but no recorder acknowledged it');
      expect(await source.manager.count(Webhook)).toBe(0);
    });

    it.each<[string, object, string]>([
      ['a type that is no name', { type: 'my event' }, 'type must be a dotted name'],
      ['a type of the backend', { type: 'webhook.disabled' }, 'type must be a name of your own'],
      ['no type', { type: undefined }, 'type'],
      ['data that is a list', { data: [1] }, 'data must be'],
      ['no data', { data: undefined }, 'data'],
      ['a key that is too long', { key: 'x'.repeat(256) }, 'key must be at most 255 characters'],
      ['an empty tenant', { tenant: '' }, 'tenant must have 1 to 255'],
      ['data that does not fit its schema', { data: { total: 'much' } }, 'data.total must be'],
      ['data that is too large', { data: { total: 1, text: 'x'.repeat(2_000) } }, 'and 2000 are allowed'],
      ['data that is nested too deep', { data: nest(100) }, 'nested deeper than 99 levels'],
    ])('that an event has %s', async (_, event, problem) => {
      const { app } = await start({
        module: {
          worker: false,
          http: { maxBodyBytes: 2_000 },
          eventTypes: [{ name: 'order.placed', description: 'An order was placed.', schema: SCHEMA }],
        },
      });
      const { manager } = app.get(DataSource);
      const publish = (more: object) =>
        app
          .get(WebhookPublisher)
          .publish(manager, { type: 'order.placed', data: { total: 1 }, ...more } as never);
      const refused = publish(event);
      await expect(refused).rejects.toThrow(InvalidEventError);
      await expect(refused).rejects.toThrow(problem);
      expect(await manager.count(WebhookEventEntity)).toBe(0);
      await publish({ data: { total: 1, at: new Date(0) }, key: '1', tenant: 'acme', model: 'order' });
      expect(await manager.count(WebhookEventEntity)).toBe(1);
    });
  });
});

const SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: { total: { type: 'number' }, at: { type: 'string' } },
};

/** Data of so many levels. */
function nest(levels: number): object {
  let data: object = {};
  for (let level = 1; level < levels; level += 1) data = { a: data };
  return data;
}
