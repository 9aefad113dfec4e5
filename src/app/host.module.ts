import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { stopRunning } from '../host/run-every.js';
import { DATABASE, EMITTER, InjectSchedule, SCHEDULE } from '../host/tokens.js';

/** The prefix of the names of Posthorn's scheduled jobs. */
const JOB_PREFIX = 'posthorn.';

/** Which data source of the host holds Posthorn's tables. */
export interface HostDataSource {
  /** Its name. Default: the unnamed one. */
  dataSource?: string;
  /** Prepares it before any module uses it. Default: nothing is done. */
  prepare?: (dataSource: DataSource) => Promise<DataSource>;
}

/**
 * Provides Posthorn's modules with the application's data source, event emitter and schedule. Where the application does
 * not import `EventEmitterModule` or `ScheduleModule`, an emitter or a registry of its own is made instead.
 */
@Module({})
export class HostModule implements OnApplicationShutdown {
  static forRoot({ dataSource: name, prepare }: HostDataSource = {}): DynamicModule {
    return {
      module: HostModule,
      global: true,
      providers: [
        {
          provide: DATABASE,
          inject: [{ token: getDataSourceToken(name), optional: true }],
          useFactory: async (dataSource?: DataSource) => {
            if (!dataSource) throw new Error(explainMissing(name));
            return prepare ? prepare(dataSource) : dataSource;
          },
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
      exports: [DATABASE, EMITTER, SCHEDULE],
    };
  }

  constructor(@InjectSchedule() private readonly schedule: SchedulerRegistry) {}

  /** Stops jobs that are left in a registry of our own: only Nest's module stops those in its registry. */
  onApplicationShutdown(): void {
    for (const name of this.schedule.getIntervals()) {
      if (name.startsWith(JOB_PREFIX)) stopRunning(this.schedule, name);
    }
  }
}

function explainMissing(name: string | undefined): string {
  return name === undefined
    ? 'WebhooksModule found no data source without a name: import TypeOrmModule.forRoot(), or say the name of yours in the option "dataSource".'
    : `WebhooksModule found no data source with the name ${JSON.stringify(name)}: import TypeOrmModule.forRoot() with this name, or correct the option "dataSource".`;
}
