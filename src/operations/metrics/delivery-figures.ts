/** The backlog and the requests in flight at this moment. */
export interface Figures {
  /** Pending deliveries, counted up to a bound. */
  pending: number;
  /** Events that wait for their fan-out, counted up to a bound. */
  eventsToFanOut: number;
  /** How long the oldest pending delivery has been due, milliseconds; 0 where none is due. */
  oldestDueMs: number;
  /** Requests of this instance that are in flight. */
  inFlight: number;
  /** Whether sending to all webhooks is paused. */
  sendingPaused: boolean;
}

/** How the read replica is. */
export interface ReplicaFigures {
  /** By how much it is behind; null: not known. */
  secondsBehind: number | null;
  /** Whether history, lists and charts are read from it now. */
  isUsed: boolean;
}

/** A port through which the metrics read what is not told them; the composition provides it. A reading is a few short statements. */
export abstract class DeliveryFigures {
  abstract read(): Promise<Figures>;
  /** How many transactions this process has begun anew because of a conflict. */
  abstract conflicts(): number;
  /** How the read replica is, as this process found it last; null: there is none. */
  abstract replica(): ReplicaFigures | null;
}
