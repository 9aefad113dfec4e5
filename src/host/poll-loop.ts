/** After a fault the next poll waits this long, milliseconds. */
const FAULT_PAUSE_MS = 500;

/** The pause between two polls that hints asked for, milliseconds: events that are committed together share a batch. */
const GATHER_MS = 2;

/** Whether polling again at once may find more. */
export interface PollResult {
  /** More of anything. */
  hasMore: boolean;
  /** More of what was due. */
  hasMoreDue: boolean;
}

/** Polls again and again: at once while there is more work, else when a hint comes. One poll runs at a time. */
export class PollLoop {
  private running: Promise<void> | null = null;
  private isStopping = false;
  private isHinted = false;
  private isDueWanted = true;
  private wake: (() => void) | null = null;

  /**
   * @param poll does what there is to do; `forDue`: also what has become due since
   * @param onFault is told why a poll failed; the next one follows after a pause
   */
  constructor(
    private readonly poll: (forDue: boolean) => Promise<PollResult>,
    private readonly onFault: (error: unknown) => void,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Begins no further poll, and waits for the one that runs. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake?.();
    await this.running;
  }

  /** Hints that there may be work. */
  hint(): void {
    this.isHinted = true;
    this.wake?.();
  }

  /** Hints that something may be due too. */
  hintDue(): void {
    this.isDueWanted = true;
    this.hint();
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      this.isHinted = false;
      const forDue = this.isDueWanted;
      this.isDueWanted = false;
      try {
        const { hasMore, hasMoreDue } = await this.poll(forDue);
        // While other work goes on and on, what is due is asked for on hints alone: a poll takes as long as that work.
        this.isDueWanted ||= hasMoreDue;
        if (hasMore) continue;
      } catch (error) {
        this.onFault(error);
        await this.rest(FAULT_PAUSE_MS);
        continue;
      }
      if (this.isHinted) await this.rest(GATHER_MS);
      else await this.rest();
    }
  }

  /** Waits for a hint, or for so many milliseconds. */
  private async rest(ms?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      if (ms === undefined || this.isStopping) this.wake = resolve;
      if (this.isStopping) resolve();
      timer?.unref();
    });
    this.wake = null;
  }
}
