import { type DynamicModule, Module } from '@nestjs/common';
import {
  BUILT_IN_EVENT_TYPES,
  type CustomEventType,
  customEventType,
  EventCatalogue,
  type EventType,
} from './event-catalogue.js';

/** The shared language: which events there are, for every room. */
@Module({})
export class EventsModule {
  /**
   * @param custom what can be subscribed to beside the built-in types
   * @param builtIn those, described as closely as the composition knows them
   * @throws when a name is taken or is no dotted name, or a schema is none
   */
  static forRoot(
    custom: readonly CustomEventType[] = [],
    builtIn: readonly EventType[] = BUILT_IN_EVENT_TYPES,
  ): DynamicModule {
    return {
      module: EventsModule,
      global: true,
      providers: [
        {
          provide: EventCatalogue,
          useFactory: () => {
            const catalogue = new EventCatalogue(builtIn);
            for (const type of custom) catalogue.register(customEventType(type));
            return catalogue;
          },
        },
      ],
      exports: [EventCatalogue],
    };
  }
}
