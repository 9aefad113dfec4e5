import type { RecoveryEntity, RecoveryKind } from '../model/recovery.entity.js';

/** A bulk redelivery or a recovery as the API shows it. Times are ISO 8601 in UTC. */
export interface RecoveryView {
  id: string;
  kind: RecoveryKind;
  state: 'running' | 'finished';
  /** How many deliveries and missed events matched when it was started. */
  matched: number;
  /** How many of them were handled, including those that cannot be sent again. */
  done: number;
  createdAt: string;
  finishedAt: string | null;
}

export function toRecoveryView(recovery: RecoveryEntity): RecoveryView {
  const { id, kind, state, matched, done, createdAt, finishedAt } = recovery;
  return {
    id,
    kind,
    state,
    matched,
    done,
    createdAt: new Date(createdAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
  };
}
