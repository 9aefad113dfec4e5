/** A port through which readiness asks for the database; the composition provides it. */
export abstract class DatabaseProbe {
  /**
   * Checks that the database answers and can be written to.
   *
   * @returns a sentence when it can only be read, else null
   * @throws when it does not answer
   */
  abstract check(): Promise<string | null>;
}
