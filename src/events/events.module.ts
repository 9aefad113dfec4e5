import { type DynamicModule, Module } from '@nestjs/common';
import { type OptionsSource, optionsProvider } from '../host/options-source.js';
import {
  BUILT_IN_EVENT_TYPES,
  type CustomEventType,
  buildCustomEventType,
  EventCatalogue,
} from './event-catalogue.js';
import { type EventType } from './event-type.js';

const CUSTOM_EVENT_TYPES = Symbol('posthorn.customEventTypes');

/** The shared language: which events there are, for every room. */
@Module({})
export class EventsModule {
  /**
   * @param custom what can be subscribed to beside the built-in types
   * @param builtIn those, described as closely as the composition knows them
   * @throws when a name is taken or is no dotted name, or a schema is none
   */
  static forRoot(
    custom: OptionsSource<readonly CustomEventType[]> = [],
    builtIn: readonly EventType[] = BUILT_IN_EVENT_TYPES,
  ): DynamicModule {
    return {
      module: EventsModule,
      global: true,
      providers: [
        optionsProvider(CUSTOM_EVENT_TYPES, custom),
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
