/** Which webhooks the fan-out must not lease for, and which asked for a pause that the last poll did not know of. */
export class LocalPauses {
  /** Webhooks whose deliveries go through a claim, which checks pauses and limits. */
  private excluded: ReadonlySet<string> | 'all' = new Set();
  /** Webhooks that asked for a pause of which the last poll of the database did not know. */
  private readonly paused = new Set<string>();
  /** Those of them whose pause is written: the next poll reads it. */
  private readonly written = new Set<string>();

  /** Whether the fan-out may lease a webhook's deliveries. */
  mayLease(webhookId: string): boolean {
    return this.excluded !== 'all' && !this.excluded.has(webhookId) && !this.paused.has(webhookId);
  }

  isPaused(webhookId: string): boolean {
    return this.paused.has(webhookId);
  }

  /** Pauses a webhook until {@link exclude} knows of its written pause. */
  add(webhookId: string): void {
    this.paused.add(webhookId);
    this.written.delete(webhookId);
  }

  /** Marks pauses as written: they end when a poll that begins later has read the database. */
  markWritten(webhookIds: readonly string[]): void {
    for (const webhookId of webhookIds) if (this.paused.has(webhookId)) this.written.add(webhookId);
  }

  /** The pauses that are written, for {@link exclude} after the next read. */
  listWritten(): string[] {
    return [...this.written];
  }

  /**
   * Sets the webhooks for which {@link mayLease} says no: those that are paused or have deployment-wide limits.
   *
   * @param known pauses that were written before the database was read: they are in what it said
   */
  exclude(webhookIds: ReadonlySet<string> | 'all', known: readonly string[] = []): void {
    this.excluded = webhookIds;
    for (const webhookId of known) {
      if (this.written.delete(webhookId)) this.paused.delete(webhookId);
    }
  }
}
