/** A port through which readiness reads what keeps this instance from sending; the composition provides it. */
export abstract class SendingProblems {
  /**
   * Reads the problems of this side: keys, file descriptors, names, the egress proxy.
   *
   * @returns sentences; empty: there are none
   */
  abstract read(): Promise<string[]>;
}
