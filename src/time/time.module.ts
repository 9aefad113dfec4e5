import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { TimeOrderedIds } from './time-ordered-ids.js';

/** The clock and the ids that follow it, for every room. Tests override {@link Clock}. */
@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: TimeOrderedIds, inject: [Clock], useFactory: (clock: Clock) => new TimeOrderedIds(clock) },
  ],
  exports: [Clock, TimeOrderedIds],
})
export class TimeModule {}
