import { Global, Module } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { Clock } from '../host/clock.js';
import { TimeOrderedIds } from '../host/time-ordered-ids.js';
import { SCHEDULE, DATABASE } from '../host/tokens.js';
import { ClockSteps } from './clock-steps.js';
import { DatabaseClock } from './database-clock.js';
import { DatabaseServer } from './database-server.js';
import { ReadReplica } from './read-replica.js';
import { REPLICA, type ReplicaSource } from './replica-source.js';

/**
 * Provides every module with the database's clock, with ids that follow it, with what is known of the server, and with the
 * read replica. Tests override {@link Clock}.
 */
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
    {
      provide: ClockSteps,
      inject: [DATABASE, SCHEDULE, Clock, TimeOrderedIds],
      useFactory: (dataSource: DataSource, schedule: SchedulerRegistry, clock: Clock, ids: TimeOrderedIds) =>
        new ClockSteps(dataSource, schedule, clock, ids),
    },
    {
      provide: DatabaseServer,
      inject: [DATABASE, Clock],
      useFactory: (dataSource: DataSource, clock: Clock) => new DatabaseServer(dataSource, clock),
    },
    {
      provide: ReadReplica,
      inject: [DATABASE, REPLICA, SCHEDULE, Clock],
      useFactory: (
        dataSource: DataSource,
        replica: ReplicaSource | null,
        schedule: SchedulerRegistry,
        clock: Clock,
      ) => new ReadReplica(dataSource, replica, schedule, clock),
    },
  ],
  exports: [Clock, TimeOrderedIds, ClockSteps, DatabaseServer, ReadReplica],
})
export class DatabaseTimeModule {}
