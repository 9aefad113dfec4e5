import { type DynamicModule, Module } from '@nestjs/common';
import { type OptionsSource, optionsProvider } from '../http/options-source.js';
import { BUILT_IN_EVENT_TYPES, customEventType, EventCatalogue } from './event-catalogue.js';

/** An event type that the host or its configuration adds. */
export interface CustomEventType {
  /** `order.shipped` */
  name: string;
  /** One sentence: when it happens. */
  description: string;
}

const CUSTOM_EVENT_TYPES = Symbol('posthorn.customEventTypes');

/** The shared language: which events there are, for every room. */
@Module({})
export class EventsModule {
  /**
   * @param custom what can be subscribed to beside the built-in types
   * @throws when a name is taken, or is no dotted name
   */
  static forRoot(custom: OptionsSource<readonly CustomEventType[]> = []): DynamicModule {
    return {
      module: EventsModule,
      global: true,
      providers: [
        optionsProvider(CUSTOM_EVENT_TYPES, custom),
        {
          provide: EventCatalogue,
          inject: [CUSTOM_EVENT_TYPES],
          useFactory: (types: readonly CustomEventType[]) =>
            new EventCatalogue([...BUILT_IN_EVENT_TYPES, ...types.map(customEventType)]),
        },
      ],
      exports: [EventCatalogue],
    };
  }
}
