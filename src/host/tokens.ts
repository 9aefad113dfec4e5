import { Inject } from '@nestjs/common';

/** The injection token of the data source with Posthorn's tables: this application's own, or the one that a host names. */
export const DATABASE = Symbol('posthorn.database');

/** Injects the data source with Posthorn's tables. */
export const InjectDatabase = (): ParameterDecorator & PropertyDecorator => Inject(DATABASE);

/** The injection token of the event emitter on which changes are announced: the host's where it has one. */
export const EMITTER = Symbol('posthorn.emitter');

/** Injects the event emitter on which changes are announced. */
export const InjectEmitter = (): ParameterDecorator & PropertyDecorator => Inject(EMITTER);

/** The injection token of the registry of scheduled jobs: the host's where it has one. */
export const SCHEDULE = Symbol('posthorn.schedule');

/** Injects the registry of scheduled jobs. */
export const InjectSchedule = (): ParameterDecorator & PropertyDecorator => Inject(SCHEDULE);
