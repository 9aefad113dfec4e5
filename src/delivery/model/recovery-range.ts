import type { DeliverySelection } from './delivery-selection.js';

/** Events with ids after one and before another. */
export interface EventRange {
  after: string;
  before: string;
}

/** What a recovery goes through. Kept with it as JSON, so that it can be gone on with after a restart. */
export interface RecoveryRange {
  deliveries: DeliverySelection;
  /** Where events are looked for that the webhook missed; null: they are not asked for. */
  missed: EventRange | null;
}
