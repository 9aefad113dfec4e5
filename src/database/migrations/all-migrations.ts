import type { MigrationInterface } from 'typeorm';
import { Engine1790100000000 } from './1790100000000-engine.js';
import { EventContext1790150000000 } from './1790150000000-event-context.js';
import { Posthorn1790000000000 } from './1790000000000-posthorn.js';
import { Secrets1790210000000 } from './1790210000000-secrets.js';

/** Every migration, oldest first. */
export const ALL_MIGRATIONS: (new () => MigrationInterface)[] = [
  Posthorn1790000000000,
  Engine1790100000000,
  EventContext1790150000000,
  Secrets1790210000000,
];
