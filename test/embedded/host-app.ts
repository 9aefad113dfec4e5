import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  Injectable,
  type InjectionToken,
  type LoggerService,
  type ModuleMetadata,
} from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import supertest from 'supertest';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { EmitsWebhooks } from '../../src/app/embedded/emits-webhooks.js';
import { webhooksEntities } from '../../src/app/embedded/webhooks-entities.js';
import { WebhooksModule } from '../../src/app/embedded/webhooks.module.js';
import type {
  WebhooksModuleExtras,
  WebhooksModuleOptions,
} from '../../src/app/embedded/webhooks-module-options.js';
import { SILENT, TEST_SECRETS_KEY } from '../support/start-app.js';

/** A host's own table, whose name one of ours could have had. */
@EmitsWebhooks<Webhook>({ model: 'hook', events: ['create', 'update', 'delete'], tenant: () => null })
@Entity('webhooks')
export class Webhook {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  name!: string;

  @Column({ type: 'int', default: 0 })
  total!: number;

  @Column({ type: 'varchar', length: 100, nullable: true, select: false })
  password!: string | null;
}

export const HOST_TOKEN = 'host-token';

/** The host's own rule of who may call. */
@Injectable()
export class HostGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { authorization } = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string> }>().headers;
    return authorization === `Host ${HOST_TOKEN}`;
  }
}

export interface HostApp {
  app: NestExpressApplication;
  /** Supertest with the host's own credentials. */
  http: ReturnType<typeof supertest.agent>;
  /** Supertest without any. */
  anonymous: ReturnType<typeof supertest.agent>;
  close(): Promise<void>;
}

export interface HostAppOptions {
  databaseUrl: string;
  module?: Partial<WebhooksModuleOptions & WebhooksModuleExtras> & {
    /** What the options' factory is given, with `options`. */
    inject?: InjectionToken[];
    options?: (...injected: never[]) => Partial<WebhooksModuleOptions>;
  };
  /** The host's entities beside `Webhook`. */
  entities?: (new () => object)[];
  /** What else the host imports, before ours. */
  imports?: ModuleMetadata['imports'];
  providers?: ModuleMetadata['providers'];
  /** Providers to replace. */
  overrides?: { provide: InjectionToken; useValue: unknown }[];
  /** The name of its data source. Default: none. */
  dataSource?: string;
  /** Nothing is logged unless there is one. */
  logger?: LoggerService;
  /** What the host does with its application before it listens. */
  configure?: (app: NestExpressApplication) => void;
}

function ourModule(
  { inject, options, ...module }: NonNullable<HostAppOptions['module']>,
  dataSource: string | undefined,
): DynamicModule {
  const structure = {
    guards: [HostGuard],
    migrate: true,
    ...(dataSource === undefined ? {} : { dataSource }),
  };
  const values = {
    secretsKey: TEST_SECRETS_KEY,
    webhooks: { allowedNetworks: '127.0.0.0/8', retryJitter: 0 },
    delivery: { pollMs: 50 },
  };
  if (!options) return WebhooksModule.forRoot({ ...values, ...structure, ...module });
  return WebhooksModule.forRootAsync({
    ...structure,
    ...(module.imports ? { imports: module.imports } : {}),
    ...(module.guards ? { guards: module.guards } : {}),
    inject: inject ?? [],
    useFactory: (...injected: unknown[]) => ({ ...values, ...options(...(injected as never[])) }),
  });
}

/** Starts a host's application with Posthorn in it, on a free port of 127.0.0.1. */
export async function startHost(options: HostAppOptions): Promise<HostApp> {
  const { databaseUrl: url, module = {}, imports = [], providers = [], dataSource, overrides = [] } = options;
  const { logger = SILENT, entities = [], configure = () => {} } = options;
  const builder = Test.createTestingModule({
    imports: [
      TypeOrmModule.forRoot({
        ...dataSourceOptions({ url, dataDir: '/nonexistent', poolSize: 10 }, []),
        ...(dataSource === undefined ? {} : { name: dataSource }),
        entities: [Webhook, ...entities, ...webhooksEntities()],
        synchronize: true,
        toRetry: () => false,
      }),
      ...imports,
      ourModule(module, dataSource),
    ],
    providers,
  }).setLogger(logger);
  for (const { provide, useValue } of overrides) builder.overrideProvider(provide).useValue(useValue);
  const testing = await builder.compile();
  const app = testing.createNestApplication<NestExpressApplication>({ logger });
  configure(app);
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const agent = () => supertest.agent(`http://127.0.0.1:${port}`);
  return {
    app,
    http: agent().set('Authorization', `Host ${HOST_TOKEN}`),
    anonymous: agent(),
    close: () => app.close(),
  };
}
