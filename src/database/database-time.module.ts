import { Global, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../time/clock.js';
import { TimeOrderedIds } from '../time/time-ordered-ids.js';
import { DatabaseClock } from './database-clock.js';

/** The clock and the ids that follow it, for every room: the database's. Tests override {@link Clock}. */
@Global()
@Module({
  providers: [
    {
      provide: Clock,
      inject: [getDataSourceToken()],
      useFactory: async (dataSource: DataSource) => {
        const clock = new DatabaseClock(dataSource);
        await clock.synchronise();
        return clock;
      },
    },
    { provide: TimeOrderedIds, inject: [Clock], useFactory: (clock: Clock) => new TimeOrderedIds(clock) },
  ],
  exports: [Clock, TimeOrderedIds],
})
export class DatabaseTimeModule {}
