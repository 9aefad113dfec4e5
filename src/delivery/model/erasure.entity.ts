import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';

/** What is erased. What is given must all hold. */
export interface ErasureCriteria {
  /** The key of the thing that the event tells of, compared exactly. */
  key?: string;
  model?: string;
  tenant?: string;
  /** Text that stands in the data, compared exactly. */
  contains?: string;
}

/**
 * What an erasure goes through, in this order: all events; once more the newest, for transactions that were open when it
 * began; idempotency keys; archived objects; then it waits until no worker may send what it holds in memory.
 */
export type ErasurePhase = 'events' | 'recent' | 'keys' | 'archive' | 'settle';

/** An erasure of a person's data: what it is to erase, and how far it has come. */
export class ErasureEntity {
  id!: string;
  /** Who may see it: a tenant, or null: who sees everyone's things alone. */
  tenant!: string | null;
  /** Once finished, key and contained text are replaced by {@link FORGOTTEN}. */
  criteria!: ErasureCriteria;
  state!: 'running' | 'finished';
  phase!: ErasurePhase;
  /** Everything up to here of the phase is done. */
  cursor!: string;
  /** How many events were erased. */
  events!: number;
  /** How many pending deliveries were ended. */
  deliveries!: number;
  /** From how many attempts answers were removed. */
  attempts!: number;
  /** How many archived objects were rewritten. */
  archived!: number;
  /** Names of archived objects that could not be rewritten yet. */
  heldObjects!: string[];
  /** When the next step may be made: a step claims the erasure by moving it. Epoch milliseconds; null once finished. */
  dueAt!: number | null;
  /** When the last lease ends under which a worker may hold what was erased, epoch milliseconds. */
  settledAt!: number;
  /** Events that were recorded up to this time are erased. Epoch milliseconds. */
  createdAt!: number;
  finishedAt!: number | null;
}

/** Stands for a key or a text that an erasure no longer keeps. */
export const FORGOTTEN = '[erased]';

export const erasureSchema = (prefix = '') =>
  new EntitySchema<ErasureEntity>({
    target: ErasureEntity,
    name: 'WebhookErasure',
    tableName: `${prefix}webhook_erasures`,
    columns: {
      id: { type: 'varchar', length: 64, primary: true },
      tenant: { type: 'varchar', length: 255, nullable: true },
      criteria: { type: 'text', transformer: JSON_TEXT },
      state: { type: 'varchar', length: 16 },
      phase: { type: 'varchar', length: 16 },
      cursor: { type: 'varchar', length: 64 },
      events: { type: 'int' },
      deliveries: { type: 'int' },
      attempts: { type: 'int' },
      archived: { type: 'int' },
      heldObjects: { type: 'text', name: 'held_objects', transformer: JSON_TEXT },
      dueAt: { type: 'bigint', name: 'due_at', nullable: true, transformer: EPOCH_MS },
      settledAt: { type: 'bigint', name: 'settled_at', transformer: EPOCH_MS },
      createdAt: { type: 'bigint', name: 'created_at', transformer: EPOCH_MS },
      finishedAt: { type: 'bigint', name: 'finished_at', nullable: true, transformer: EPOCH_MS },
    },
  });
