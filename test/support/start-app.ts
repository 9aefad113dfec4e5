import type { Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Abstract, InjectionToken, LoggerService, ModuleMetadata, Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { loadSettings } from '../../src/settings/load-settings.js';
import type { Settings } from '../../src/settings/settings.js';
import { CONFIG_FOLDER } from '../../src/package.js';
import { APPLICATION_OPTIONS, createAppModule, configureApp } from '../../src/app/standalone/create-app.js';
import { Clock } from '../../src/host/clock.js';
import { testFolder } from './test-folder.js';

export const TEST_ADMIN_TOKEN = 'test-admin-token';

/** Every instance of a test seals with the same key. */
export const TEST_SECRETS_KEY = Buffer.alloc(32, 7).toString('base64');

export type DeepPartial<T> = T extends object
  ? T extends readonly unknown[]
    ? T
    : { [Key in keyof T]?: DeepPartial<T[Key]> }
  : T;

export interface StartAppOptions {
  databaseUrl: string;
  /** Laid over config/default.yaml and over what a test needs (loopback allowed, a free port, no retry jitter). */
  settings?: DeepPartial<Settings>;
  clock?: Clock;
  /** Providers to replace, whichever room they are in. */
  providers?: { provide: InjectionToken; useValue: unknown }[];
  /** Further modules: a test's own controllers. */
  imports?: ModuleMetadata['imports'];
  /** Nothing is logged unless there is one. */
  logger?: LoggerService;
}

export type HttpAgent = ReturnType<typeof supertest.agent>;

export interface RunningApp {
  app: NestExpressApplication;
  settings: Settings;
  /** `http://127.0.0.1:PORT` */
  baseUrl: string;
  /** Supertest with the admin token set. */
  http: HttpAgent;
  /** The admin token. */
  token: string;
  /** Supertest with another token, or with none. */
  httpAs(token: string | null): HttpAgent;
  /** A provider, whichever room it is in. */
  get<T>(token: Type<T> | Abstract<T> | string | symbol): T;
  /** Stops it, and removes its data directory if that was made for it. */
  close(): Promise<void>;
}

/** Starts the whole backend in this process, on a free port of 127.0.0.1. */
export async function startApp(options: StartAppOptions): Promise<RunningApp> {
  const dataDir = await mkdtemp(join(testFolder(), 'data-'));
  const settings = testSettings(options.databaseUrl, dataDir, options.settings);
  try {
    const app = await listen(options, settings);
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}`;
    const httpAs = (token: string | null): HttpAgent => {
      const agent = supertest.agent(baseUrl);
      return token === null ? agent : agent.set('Authorization', `Bearer ${token}`);
    };
    return {
      app,
      settings,
      baseUrl,
      http: httpAs(TEST_ADMIN_TOKEN),
      token: TEST_ADMIN_TOKEN,
      httpAs,
      get: (token) => app.get(token, { strict: false }),
      close: async () => {
        await app.close();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Ends what an application runs by interval: what is written or read between two steps of a test is then what the test
 * asks for, however long a step takes.
 */
export function stopIntervals(app: RunningApp): void {
  const schedule = app.get(SchedulerRegistry);
  for (const name of schedule.getIntervals()) schedule.deleteInterval(name);
}

/** The settings that {@link startApp} starts with. */
export function testSettings(
  databaseUrl: string,
  dataDir: string,
  overrides: DeepPartial<Settings> = {},
): Settings {
  const settings = loadSettings(
    {
      NODE_ENV: 'test',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      ADMIN_TOKEN: TEST_ADMIN_TOKEN,
      SECRETS_KEY: TEST_SECRETS_KEY,
      WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
      WEBHOOKS_RETRY_JITTER: '0',
      DELIVERY_POLL_MS: '50',
      // Counted every two seconds: the statement would fall among those that a test notes.
      LIMITS_PENDING_DELIVERIES: '0',
    },
    CONFIG_FOLDER,
  );
  layOver(settings, overrides);
  return settings;
}

async function listen(options: StartAppOptions, settings: Settings): Promise<NestExpressApplication> {
  const logger = options.logger ?? SILENT;
  const testing = Test.createTestingModule({
    imports: [createAppModule(settings, (sentence) => logger.warn(sentence)), ...(options.imports ?? [])],
  }).setLogger(logger);
  if (options.clock) testing.overrideProvider(Clock).useValue(options.clock);
  for (const { provide, useValue } of options.providers ?? []) {
    testing.overrideProvider(provide).useValue(useValue);
  }
  const testingModule = await testing.compile();
  const app = testingModule.createNestApplication<NestExpressApplication>({ ...APPLICATION_OPTIONS, logger });
  configureApp(app, settings);
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

function layOver(target: object, overrides: object): void {
  for (const [key, value] of Object.entries(overrides)) {
    const below: unknown = Reflect.get(target, key);
    if (isTree(below) && isTree(value)) layOver(below, value);
    else Reflect.set(target, key, value);
  }
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ignore = (): void => undefined;
/** Logs nothing. */
export const SILENT: LoggerService = {
  log: ignore,
  error: ignore,
  warn: ignore,
  debug: ignore,
  verbose: ignore,
  fatal: ignore,
};
