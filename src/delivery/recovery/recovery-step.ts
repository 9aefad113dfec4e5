import type { EntityManager } from 'typeorm';
import type { RecoveryEntity, RecoveryPhase } from '../model/recovery.entity.js';

/** How many things a batch deals with at the most, in one transaction. */
export const BATCH = 200;

/** What one batch came to. */
export interface Progress {
  /** How many things it dealt with, those included that could not be sent again. */
  done: number;
  /** Where the next batch begins; null: there is none. */
  next: { phase: RecoveryPhase; cursor: string } | null;
}

/** Does the next part of a recovery's work, by the manager of the transaction that keeps its progress. */
export interface RecoveryStep {
  /** How many things the next batch may deal with; 0: it has to wait. */
  room(): Promise<number>;
  make(manager: EntityManager, recovery: RecoveryEntity, room: number): Promise<Progress>;
}
