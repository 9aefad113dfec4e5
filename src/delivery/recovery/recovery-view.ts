import type { RecoveryEntity, RecoveryKind } from '../model/recovery.entity.js';

/** How far a redelivery or recovery of many has come. Times are ISO 8601 in UTC. */
export interface RecoveryView {
  id: string;
  kind: RecoveryKind;
  state: 'running' | 'finished';
  /** How many deliveries and missed events matched when it was asked for. */
  matched: number;
  /** How many of them were dealt with, those included that could not be sent again. */
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
