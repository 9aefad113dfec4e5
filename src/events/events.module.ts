import { Global, Module } from '@nestjs/common';
import { EventCatalogue } from './event-catalogue.js';

/** The shared language: which events there are. */
@Global()
@Module({
  providers: [{ provide: EventCatalogue, useFactory: () => new EventCatalogue() }],
  exports: [EventCatalogue],
})
export class EventsModule {}
