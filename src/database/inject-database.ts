import { Inject } from '@nestjs/common';

/** The injection token of the data source that our tables are in: this application's own, or the one that a host names. */
export const DATABASE = Symbol('posthorn.database');

/** Injects the data source that our tables are in. */
export const InjectDatabase = (): ParameterDecorator & PropertyDecorator => Inject(DATABASE);
