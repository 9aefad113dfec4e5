import { setTimeout as pause } from 'node:timers/promises';
import { isAway } from './database-errors.js';

/** The pause before somebody looks whether the database is back, milliseconds; it doubles. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/** The most that wait for a database at a time: a request holds its body while it waits. */
const MOST_WAITING = 1_000;

/**
 * Those who found the database away wait here together, while one connection at a time looks whether it is back. Without
 * it each of them would try to connect, again and again.
 */
export class Outage {
  private readonly waiting = new Set<(isBack: boolean) => void>();
  private isLooking = false;
  private isOver = false;

  /** @param look fails while the database is away */
  constructor(
    private readonly look: () => Promise<unknown>,
    private readonly most: number = MOST_WAITING,
  ) {}

  /**
   * Waits until the database is back.
   *
   * @returns false: it did not come back in time, the process stops, or too many wait already
   */
  async wait(limitMs: number): Promise<boolean> {
    if (this.isOver || limitMs <= 0 || this.waiting.size >= this.most) return false;
    const ended = new Promise<boolean>((resolve) => {
      const end = (isBack: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve(isBack);
      };
      const timer = setTimeout(end, limitMs, false);
      this.waiting.add(end);
    });
    if (!this.isLooking) void this.lookUntilBack();
    return ended;
  }

  /** Lets nobody wait any more, because the process stops. */
  end(): void {
    this.isOver = true;
    this.tell(false);
  }

  private async lookUntilBack(): Promise<void> {
    this.isLooking = true;
    for (let pauseMs = FIRST_PAUSE_MS; this.waiting.size > 0;) {
      await pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      if (this.waiting.size > 0 && (await this.isBack())) this.tell(true);
    }
    this.isLooking = false;
  }

  /** Another error is for those who wait to meet. */
  private async isBack(): Promise<boolean> {
    try {
      await this.look();
      return true;
    } catch (error) {
      return !isAway(error);
    }
  }

  private tell(isBack: boolean): void {
    for (const end of [...this.waiting]) end(isBack);
  }
}
