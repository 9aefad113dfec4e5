import { Inject } from '@nestjs/common';

/** The injection token of the registry that our scheduled jobs are in: the host's where it has one. */
export const SCHEDULE = Symbol('posthorn.schedule');

/** Injects the registry of scheduled jobs. */
export const InjectSchedule = (): ParameterDecorator & PropertyDecorator => Inject(SCHEDULE);
