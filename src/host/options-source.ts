import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';

/** Options of a room: known when its module is defined, or made of what is injected. */
export type OptionsSource<Options> = Options | OptionsFactory<Options>;

/** Makes options when the application starts. */
export interface OptionsFactory<Options> {
  inject: NonNullable<FactoryProvider['inject']>;
  // What is injected is known to the factory alone.
  useFactory: (...injected: never[]) => Options | Promise<Options>;
}

/** Provides options under their token, whichever way they come. */
export function optionsProvider<Options extends object>(
  token: InjectionToken,
  source: OptionsSource<Options>,
): Provider {
  if (!isFactory(source)) return { provide: token, useValue: source };
  const { inject, useFactory } = source;
  return { provide: token, inject, useFactory: useFactory as (...injected: unknown[]) => unknown };
}

function isFactory<Options extends object>(
  source: OptionsSource<Options>,
): source is OptionsFactory<Options> {
  return 'useFactory' in source;
}
