import { Inject } from '@nestjs/common';

/** The injection token of the data source that our tables are in: this application's own, or the one that a host names. */
export const DATABASE = Symbol('posthorn.database');

/** Injects the data source that our tables are in. */
export const InjectDatabase = (): ParameterDecorator & PropertyDecorator => Inject(DATABASE);

/** The injection token of the event emitter that changes are announced on: the host's where it has one. */
export const EMITTER = Symbol('posthorn.emitter');

/** Injects the event emitter that changes are announced on. */
export const InjectEmitter = (): ParameterDecorator & PropertyDecorator => Inject(EMITTER);

/** The injection token of the registry that our scheduled jobs are in: the host's where it has one. */
export const SCHEDULE = Symbol('posthorn.schedule');

/** Injects the registry of scheduled jobs. */
export const InjectSchedule = (): ParameterDecorator & PropertyDecorator => Inject(SCHEDULE);
