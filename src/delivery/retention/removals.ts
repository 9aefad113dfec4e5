import type { Provider, Type } from '@nestjs/common';
import { HistoryArchive } from './history-archive.js';
import type { Removal } from './removal.js';
import { AttemptRemoval } from './remove-attempts.js';
import { DeliveryRemoval } from './remove-deliveries.js';
import { ErasureRemoval } from './remove-erasures.js';
import { EventRemoval } from './remove-events.js';
import { IdempotencyKeyRemoval } from './remove-idempotency-keys.js';
import { RequestRemoval } from './remove-requests.js';
import { RecoveryRemoval } from './remove-recoveries.js';
import { HourRollupRemoval, MinuteRollupRemoval } from './remove-rollups.js';

/** Injection token of all {@link Removal}s, in the order in which they run. */
export const REMOVALS = Symbol.for('posthorn.removals');

/** In the order in which they run. */
const KINDS: Type<Removal>[] = [
  AttemptRemoval,
  DeliveryRemoval,
  EventRemoval,
  RequestRemoval,
  IdempotencyKeyRemoval,
  RecoveryRemoval,
  ErasureRemoval,
  MinuteRollupRemoval,
  HourRollupRemoval,
];

/** The providers of {@link REMOVALS}. */
export const REMOVAL_PROVIDERS: Provider[] = [
  HistoryArchive,
  ...KINDS,
  { provide: REMOVALS, inject: KINDS, useFactory: (...removals: Removal[]) => removals },
];
