/**
 * The position of an event among the events of one thing (an entry, a file). A webhook with ordering gets the
 * deliveries of one key in the order of their sequence.
 */
export interface OrderPosition {
  /** Identifies the thing. */
  key: string;
  /** Grows in the order of the commits. */
  sequence: number;
}
