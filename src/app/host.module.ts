import {
  type DynamicModule,
  Inject,
  type InjectionToken,
  Module,
  type OnApplicationShutdown,
  type Type,
} from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { makeReplicaSource, REPLICA, type ReplicaAddress } from '../database/replica-source.js';
import { stopRunning } from '../host/run-every.js';
import { DATABASE, EMITTER, HTTP_CLIENT, type HttpClient, InjectSchedule, SCHEDULE } from '../host/tokens.js';

/** The prefix of the names of Posthorn's scheduled jobs. */
const JOB_PREFIX = 'posthorn.';

/** The injection token of a data source that the module has opened and closes; null: the host's is used. */
const OWN_DATABASE = Symbol.for('posthorn.own-database');

/** Which data source holds Posthorn's tables. */
export interface HostDataSource {
  /** Its name. Default: the unnamed one. */
  dataSource?: string;
  /** Prepares it before any module uses it. Default: nothing is done. */
  prepare?: (dataSource: DataSource) => Promise<DataSource>;
  /** Opens one of our own instead; null: the host's is used. Default: the host's. */
  open?: { inject: InjectionToken[]; useFactory: (...injected: never[]) => Promise<DataSource | null> };
  /** Says where its read replica is; null: it has none. Default: none. */
  replica?: { inject: InjectionToken[]; useFactory: (...injected: never[]) => ReplicaAddress | null };
  /** Gives the client whose interceptors apply to deliveries; null: there is none. Default: none. */
  http?: {
    imports?: Type[];
    inject: InjectionToken[];
    useFactory: (...injected: never[]) => HttpClient | null;
  };
}

const NO_HTTP: Required<HostDataSource>['http'] = { inject: [], useFactory: () => null };

const OPEN_NONE: Required<HostDataSource>['open'] = { inject: [], useFactory: () => Promise.resolve(null) };

/** The injection token of the address of the read replica; null: there is none. */
const REPLICA_ADDRESS = Symbol.for('posthorn.replica-address');

const NO_REPLICA: Required<HostDataSource>['replica'] = { inject: [], useFactory: () => null };

/**
 * Provides Posthorn's modules with the application's data source, event emitter and schedule. Where the application does
 * not import `EventEmitterModule` or `ScheduleModule`, an emitter or a registry of its own is made instead.
 */
@Module({})
export class HostModule implements OnApplicationShutdown {
  static forRoot({
    dataSource: name,
    prepare,
    open = OPEN_NONE,
    replica = NO_REPLICA,
    http: { imports = [], ...http } = NO_HTTP,
  }: HostDataSource = {}): DynamicModule {
    return {
      module: HostModule,
      global: true,
      imports,
      providers: [
        { provide: OWN_DATABASE, ...open },
        {
          provide: DATABASE,
          inject: [OWN_DATABASE, { token: getDataSourceToken(name), optional: true }],
          useFactory: async (own: DataSource | null, dataSource?: DataSource) => {
            if (own) return own;
            if (!dataSource) throw new Error(explainMissing(name));
            return prepare ? prepare(dataSource) : dataSource;
          },
        },
        { provide: HTTP_CLIENT, ...http },
        { provide: REPLICA_ADDRESS, ...replica },
        {
          provide: REPLICA,
          inject: [DATABASE, REPLICA_ADDRESS],
          useFactory: (primary: DataSource, address: ReplicaAddress | null) =>
            address && makeReplicaSource(primary, address),
        },
        {
          provide: EMITTER,
          inject: [{ token: EventEmitter2, optional: true }],
          useFactory: (emitter?: EventEmitter2) => emitter ?? new EventEmitter2(),
        },
        {
          provide: SCHEDULE,
          inject: [{ token: SchedulerRegistry, optional: true }],
          useFactory: (registry?: SchedulerRegistry) => registry ?? new SchedulerRegistry(),
        },
      ],
      exports: [DATABASE, REPLICA, EMITTER, SCHEDULE, HTTP_CLIENT],
    };
  }

  constructor(
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    @Inject(OWN_DATABASE) private readonly database: DataSource | null,
  ) {}

  /** Stops jobs that are left in a registry of our own: only Nest's module stops those in its registry. */
  async onApplicationShutdown(): Promise<void> {
    for (const name of this.schedule.getIntervals()) {
      if (name.startsWith(JOB_PREFIX)) stopRunning(this.schedule, name);
    }
    if (this.database?.isInitialized) await this.database.destroy();
  }
}

function explainMissing(name: string | undefined): string {
  return name === undefined
    ? 'WebhooksModule found no data source without a name: import TypeOrmModule.forRoot(), say the name of yours in the option "dataSource", or give the option "databaseUrl".'
    : `WebhooksModule found no data source with the name ${JSON.stringify(name)}: import TypeOrmModule.forRoot() with this name, or correct the option "dataSource".`;
}
