import type { ErasureCriteria, ErasureEntity, ErasurePhase } from '../model/erasure.entity.js';

/** An erasure as the API shows it. Times are ISO 8601 in UTC. */
export interface ErasureView {
  id: string;
  state: 'running' | 'finished';
  /** What it is at; null once finished. */
  phase: ErasurePhase | null;
  /** What is erased; once finished without the key and the text themselves. */
  criteria: ErasureCriteria;
  /** How many events were erased. */
  events: number;
  /** How many pending deliveries ended as `erased`. */
  deliveries: number;
  /** From how many attempts answers were removed. */
  attempts: number;
  /** Archived objects: how many were rewritten, and the names of those that could not be rewritten yet. */
  archive: { rewritten: number; held: string[] };
  createdAt: string;
  finishedAt: string | null;
}

export function toErasureView(erasure: ErasureEntity): ErasureView {
  const { id, state, phase, criteria, events, deliveries, attempts, archived, heldObjects } = erasure;
  const { createdAt, finishedAt } = erasure;
  return {
    id,
    state,
    phase: state === 'finished' ? null : phase,
    criteria,
    events,
    deliveries,
    attempts,
    archive: { rewritten: archived, held: heldObjects },
    createdAt: new Date(createdAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
  };
}
