import { Global, Module } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { SCHEDULE } from '../time/inject-schedule.js';
import { Clock } from '../time/clock.js';
import { TimeOrderedIds } from '../time/time-ordered-ids.js';
import { DATABASE } from './inject-database.js';
import { DatabaseClock } from './database-clock.js';

/** The clock and the ids that follow it, for every room: the database's. Tests override {@link Clock}. */
@Global()
@Module({
  providers: [
    {
      provide: Clock,
      inject: [DATABASE, SCHEDULE],
      useFactory: async (dataSource: DataSource, schedule: SchedulerRegistry) => {
        const clock = new DatabaseClock(dataSource, schedule);
        await clock.synchronise();
        return clock;
      },
    },
    { provide: TimeOrderedIds, inject: [Clock], useFactory: (clock: Clock) => new TimeOrderedIds(clock) },
  ],
  exports: [Clock, TimeOrderedIds],
})
export class DatabaseTimeModule {}
