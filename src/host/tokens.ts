import { Inject } from '@nestjs/common';

/** The injection token of the data source with Posthorn's tables: this application's own, or the one that a host names. */
export const DATABASE = Symbol.for('posthorn.database');

/** Injects the data source with Posthorn's tables. */
export const InjectDatabase = (): ParameterDecorator & PropertyDecorator => Inject(DATABASE);

/** The injection token of the event emitter on which changes are announced: the host's where it has one. */
export const EMITTER = Symbol.for('posthorn.emitter');

/** Injects the event emitter on which changes are announced. */
export const InjectEmitter = (): ParameterDecorator & PropertyDecorator => Inject(EMITTER);

/** The axios of `@nestjs/axios`, by its shape: only who has interceptors there needs the package. */
export interface HttpClient {
  axiosRef: unknown;
}

/** The injection token of the {@link HttpClient} whose interceptors and adapter apply to deliveries; null: there is none. */
export const HTTP_CLIENT = Symbol.for('posthorn.http-client');

/** The injection token of the registry of scheduled jobs: the host's where it has one. */
export const SCHEDULE = Symbol.for('posthorn.schedule');

/** Injects the registry of scheduled jobs. */
export const InjectSchedule = (): ParameterDecorator & PropertyDecorator => Inject(SCHEDULE);
