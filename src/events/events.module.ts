import { type DynamicModule, Module } from '@nestjs/common';
import { type OptionsSource, provideOptions } from '../host/options-source.js';
import {
  BUILT_IN_EVENT_TYPES,
  type CustomEventType,
  buildCustomEventType,
  EventCatalogue,
} from './event-catalogue.js';
import type { EventType } from './event-type.js';

const CUSTOM_EVENT_TYPES = Symbol.for('posthorn.custom-event-types');

/** Provides the {@link EventCatalogue} to every module. */
@Module({})
export class EventsModule {
  /**
   * @param custom event types beside the built-in ones
   * @param builtIn the built-in types; the composition passes them with the schemas of its content types
   * @throws when a name is taken or is no dotted name, or a schema is no JSON Schema
   */
  static forRoot(
    custom: OptionsSource<readonly CustomEventType[]> = [],
    builtIn: readonly EventType[] = BUILT_IN_EVENT_TYPES,
  ): DynamicModule {
    return {
      module: EventsModule,
      global: true,
      providers: [
        provideOptions(CUSTOM_EVENT_TYPES, custom),
        {
          provide: EventCatalogue,
          inject: [CUSTOM_EVENT_TYPES],
          useFactory: (types: readonly CustomEventType[]) => {
            const catalogue = new EventCatalogue(builtIn);
            for (const type of types) catalogue.register(buildCustomEventType(type));
            return catalogue;
          },
        },
      ],
      exports: [EventCatalogue],
    };
  }
}
