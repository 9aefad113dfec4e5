import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DATABASE, EMITTER, InjectSchedule, SCHEDULE } from '../host/tokens.js';
import { stopRunning } from '../host/run-every.js';

const OURS = 'posthorn.';

/** What a host says of its data source. */
export interface HostGiven {
  /** The name of the one that our tables are in. Default: the unnamed one. */
  dataSource?: string;
  /** Makes it ready for our rooms before any of them uses it. Default: it is. */
  prepare?: (dataSource: DataSource) => Promise<DataSource>;
}

/**
 * What an application gives to our rooms: its data source, its event emitter and its schedule. Where it has imported no
 * `EventEmitterModule` or no `ScheduleModule`, one of our own is brought along; there are never two.
 */
@Module({})
export class HostModule implements OnApplicationShutdown {
  static forRoot(given: HostGiven = {}): DynamicModule {
    return {
      module: HostModule,
      global: true,
      providers: [
        {
          provide: DATABASE,
          inject: [getDataSourceToken(given.dataSource)],
          useFactory: given.prepare ?? ((dataSource: DataSource) => dataSource),
        },
        {
          provide: EMITTER,
          inject: [{ token: EventEmitter2, optional: true }],
          useFactory: (hosts?: EventEmitter2) => hosts ?? new EventEmitter2(),
        },
        {
          provide: SCHEDULE,
          inject: [{ token: SchedulerRegistry, optional: true }],
          useFactory: (hosts?: SchedulerRegistry) => hosts ?? new SchedulerRegistry(),
        },
      ],
      exports: [DATABASE, EMITTER, SCHEDULE],
    };
  }

  constructor(@InjectSchedule() private readonly schedule: SchedulerRegistry) {}

  /** Nest's own module ends what is in its registry; what is in ours would keep the process alive. */
  onApplicationShutdown(): void {
    for (const name of this.schedule.getIntervals()) {
      if (name.startsWith(OURS)) stopRunning(this.schedule, name);
    }
  }
}
