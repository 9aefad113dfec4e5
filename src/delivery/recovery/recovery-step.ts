import type { EntityManager } from 'typeorm';
import type { RecoveryEntity, RecoveryPhase } from '../model/recovery.entity.js';

/** The most deliveries or events that one step handles, in one transaction. */
export const STEP_CAPACITY = 200;

/** The result of one step. */
export interface StepProgress {
  /** How many deliveries or events it handled, including those that cannot be sent again. */
  done: number;
  /** The cursor of the next step; null: the recovery is finished. */
  next: { phase: RecoveryPhase; cursor: string } | null;
}

/** How the steps of one kind of recovery are run. */
export interface RecoveryStep {
  /** How many deliveries or events the next step may handle; 0: it has to wait. */
  capacity(): Promise<number>;
  /**
   * Handles the next part of a recovery.
   *
   * @param manager of the transaction that also writes the recovery's progress
   * @param capacity the most that this step may handle
   */
  run(manager: EntityManager, recovery: RecoveryEntity, capacity: number): Promise<StepProgress>;
}
