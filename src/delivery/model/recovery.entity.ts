import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';
import type { DeliverySelection } from './delivery-selection.js';

/** What is done with many deliveries in the background. */
export type RecoveryKind = 'redeliver' | 'recover';

/** What is being walked through: deliveries first, then events that have none. */
export type RecoveryPhase = 'deliveries' | 'events';

/** A redelivery or recovery of many: what it is to bring, and how far it has come. */
export class RecoveryEntity {
  id!: string;
  kind!: RecoveryKind;
  /** The webhook that is recovered; null for a redelivery. */
  webhookId!: string | null;
  /** Who may see it: a tenant, or null: who sees everyone's things alone. */
  tenant!: string | null;
  filter!: RecoveryRange;
  state!: 'running' | 'finished';
  /** How many things matched when it was asked for. */
  matched!: number;
  /** How many were dealt with, those included that could not be sent again. */
  done!: number;
  phase!: RecoveryPhase;
  /** Everything up to this id of the phase is dealt with. */
  cursor!: string;
  /** When the next batch may be made, epoch milliseconds; null once finished. */
  dueAt!: number | null;
  createdAt!: number;
  finishedAt!: number | null;
}

export const recoverySchema = (prefix = '') =>
  new EntitySchema<RecoveryEntity>({
    target: RecoveryEntity,
    name: 'WebhookRecovery',
    tableName: `${prefix}webhook_recoveries`,
    columns: {
      id: { type: 'varchar', length: 64, primary: true },
      kind: { type: 'varchar', length: 16 },
      webhookId: { type: 'varchar', length: 64, name: 'webhook_id', nullable: true },
      tenant: { type: 'varchar', length: 255, nullable: true },
      filter: { type: 'text', transformer: JSON_TEXT },
      state: { type: 'varchar', length: 16 },
      matched: { type: 'int' },
      done: { type: 'int' },
      phase: { type: 'varchar', length: 16 },
      cursor: { type: 'varchar', length: 64 },
      dueAt: { type: 'bigint', name: 'due_at', nullable: true, transformer: EPOCH_MS },
      createdAt: { type: 'bigint', name: 'created_at', transformer: EPOCH_MS },
      finishedAt: { type: 'bigint', name: 'finished_at', nullable: true, transformer: EPOCH_MS },
    },
  });

/** Events that were recorded in a range of times. The ids bound what is read. */
export interface EventRange {
  after: string;
  before: string;
  /** At or after this time, and before that one, epoch milliseconds; left out by versions before. */
  since?: number;
  until?: number;
}

/** What a recovery goes through. Kept with it as JSON, so that it can be gone on with after a restart. */
export interface RecoveryRange {
  deliveries: DeliverySelection;
  /** Where events are looked for that the webhook missed; null: they are not asked for. */
  missed: EventRange | null;
}
