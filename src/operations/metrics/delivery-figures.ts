/** What waits and what is out, at this moment. */
export interface Figures {
  /** Deliveries that have not ended; counted up to a bound. */
  pending: number;
  /** Recorded events that wait for their fan-out; counted up to a bound. */
  eventsToFanOut: number;
  /** For how long the first of what is pending has been due, milliseconds; 0: nothing is. */
  oldestDueMs: number;
  /** Requests that this instance has out. */
  inFlight: number;
  sendingPaused: boolean;
}

/** Where the metrics get their gauges from; given by the composition. Each reading is a few short statements. */
export abstract class DeliveryFigures {
  abstract read(): Promise<Figures>;
}
