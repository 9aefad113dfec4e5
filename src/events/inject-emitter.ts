import { Inject } from '@nestjs/common';

/** The injection token of the event emitter that changes are announced on: the host's where it has one. */
export const EMITTER = Symbol('posthorn.emitter');

/** Injects the event emitter that changes are announced on. */
export const InjectEmitter = (): ParameterDecorator & PropertyDecorator => Inject(EMITTER);
