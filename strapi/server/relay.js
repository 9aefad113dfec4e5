'use strict';

/** How often a relay looks for rows that another instance recorded, milliseconds. */
const POLL_MS = 1_000;

const FIRST_DELAY_MS = 500;
/** Of one row. */
const LONGEST_DELAY_MS = 60_000;
/** Between two requests while Posthorn is away. */
const LONGEST_PAUSE_MS = 10_000;

/** How often rows are removed that were sent long ago, milliseconds. */
const PURGE_EVERY_MS = 60_000;

/**
 * Sends the rows of the outbox to Posthorn, in every instance. A row is sent when all earlier ones of its entry are known
 * to be there, and always under its own key: whatever is killed and whenever, Posthorn has one event for each row, in order.
 */
class Relay {
  #outbox;
  #send;
  #log;
  #settings;
  #stopping = new AbortController();
  #running = null;
  #isWoken = false;
  #wakeUp = null;
  /** Rounds in a row in which nothing could be sent. */
  #badRounds = 0;
  #purgedAt = 0;
  #problem = null;
  #sentAt = null;

  constructor({ outbox, send, log, settings }) {
    this.#outbox = outbox;
    this.#send = send;
    this.#log = log;
    this.#settings = settings;
  }

  start() {
    this.#running ??= this.#run();
  }

  /** Says that there may be a row. A hint: rows are looked for without it too. */
  wake() {
    this.#isWoken = true;
    this.#wakeUp?.();
  }

  /** Ends it. Requests in flight are cut off; their rows are sent again, under the same keys. */
  async stop() {
    this.#stopping.abort();
    this.#wakeUp?.();
    await this.#running;
  }

  /** What this instance knows beside the rows. */
  describe() {
    return {
      lastSentAt: this.#sentAt?.toISOString() ?? null,
      problem: this.#problem,
    };
  }

  async #run() {
    while (!this.#stopping.signal.aborted) {
      this.#isWoken = false;
      let claimed = 0;
      try {
        claimed = await this.#sendDue();
        await this.#purge();
      } catch (error) {
        this.#badRounds += 1;
        this.#tell(`The outbox could not be read or written: ${error.message}`);
      }
      if (this.#badRounds > 0)
        await this.#pause(delayAfter(this.#badRounds, LONGEST_PAUSE_MS), { untilWoken: false });
      else if (claimed === 0) await this.#pause(POLL_MS, { untilWoken: true });
    }
  }

  /** @returns {Promise<number>} how many rows were tried */
  async #sendDue() {
    const { concurrency } = this.#settings;
    // After a failure one request finds out whether Posthorn is back.
    const rows = await this.#outbox.claim(this.#badRounds > 0 ? 1 : concurrency);
    if (rows.length === 0) {
      this.#badRounds = 0;
      return 0;
    }
    const results = await Promise.all(rows.map((row) => this.#sendOne(row)));
    this.#badRounds = results.every((one) => one === 'failed') ? this.#badRounds + 1 : 0;
    return rows.length;
  }

  async #sendOne(row) {
    const { signal } = this.#stopping;
    if (signal.aborted) {
      await this.#outbox.release(row);
      return 'released';
    }
    const result = await this.#send(row, signal);
    if (result.is === 'sent') {
      await this.#outbox.markSent(row.id);
      this.#sentAt = new Date();
      this.#problem = null;
    } else if (result.is === 'refused') {
      await this.#outbox.setAside(row, result.problem);
      this.#log.error(`posthorn: row ${row.id} is set aside, and its entry waits for it. ${result.problem}`);
    } else if (signal.aborted) {
      await this.#outbox.release(row);
    } else {
      const delay = Math.max(delayAfter(row.attempts + 1), result.retryAfterMs);
      await this.#outbox.sendLater(row, result.problem, Date.now() + delay);
      this.#tell(result.problem);
    }
    return result.is;
  }

  async #purge() {
    const now = Date.now();
    if (now - this.#purgedAt < PURGE_EVERY_MS) return;
    this.#purgedAt = now;
    await this.#outbox.purge(Math.round(now - this.#settings.keepSentHours * 3_600_000));
  }

  /** Logs a problem once, not with every attempt. */
  #tell(problem) {
    if (this.#problem !== problem) this.#log.warn(`posthorn: ${problem} Events wait in the outbox.`);
    this.#problem = problem;
  }

  async #pause(ms, { untilWoken }) {
    if (this.#stopping.signal.aborted || (untilWoken && this.#isWoken)) return;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wakeUp = () => {
        if (!untilWoken && !this.#stopping.signal.aborted) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeUp = null;
  }
}

/**
 * Doubles with each failure, with up to a fifth less, so that instances do not come back together. Whole milliseconds: only
 * SQLite and MySQL round what is written to a whole number's column.
 */
function delayAfter(failures, longestMs = LONGEST_DELAY_MS) {
  const whole = Math.min(longestMs, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 10));
  return Math.round(whole * (1 - Math.random() / 5));
}

module.exports = { Relay };
