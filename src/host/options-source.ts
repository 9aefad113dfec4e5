import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';

/** Options of a module: a value that is known when the module is defined, or a factory with injected arguments. */
export type OptionsSource<Options> = Options | OptionsFactory<Options>;

/** A factory of options, called when the application starts. */
export interface OptionsFactory<Options> {
  inject: NonNullable<FactoryProvider['inject']>;
  // Only the factory knows the types of what is injected.
  useFactory: (...injected: never[]) => Options | Promise<Options>;
}

/** Makes the provider of a module's options under their token. */
export function provideOptions<Options extends object>(
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
