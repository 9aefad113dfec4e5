import { createHash, randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { codeOf } from '../database/database-errors.js';
import { deleteByKeys } from '../database/delete-by-keys.js';
import { dialectOf, insertIgnore } from '../database/dialect.js';
import { serialiseSqlite } from '../database/sqlite-transaction-queue.js';
import {
  checkTableName,
  createInboxTable,
  DEFAULT_INBOX_TABLE,
  LONGEST_ID,
  LONGEST_SOURCE,
} from './inbox-table.js';

/** A delivery that was received and verified. */
export interface ReceivedWebhook {
  /** Its id, which is the same when the sender repeats it: `readDeliveryId(request)`. At most 255 characters. */
  id: string;
  /** Who sent it: ids of two senders may be equal. At most 64 characters. Default: empty. */
  source?: string;
}

/** Whether the handler ran: `repeated` says that an earlier copy was handled. */
export type InboxOutcome = 'handled' | 'repeated';

/** Options of a {@link WebhookInbox}. */
export interface InboxOptions {
  /** The name of its table. Default: `posthorn_inbox`. */
  table?: string;
  /** The current time, epoch milliseconds. Default: this machine's clock. */
  now?: () => number;
  /** Gives a token that was never given before. Default: a random UUID. */
  newToken?: () => string;
}

/** Copies that waited for one that failed may meet in a deadlock; each try lets one of them go on. */
const MOST_TRIES = 12;

/** Rows that are removed by one statement. */
const BATCH = 500;

/**
 * Runs the handler of a delivery once, however often and wherever its copies arrive (idempotent receiver). The id is
 * inserted in the transaction of the handler: both are committed or neither is. A copy that arrives meanwhile waits for the
 * end of that transaction, and is handled itself when it was rolled back.
 *
 * ```ts
 * const outcome = await inbox.receive({ source: 'stripe', id }, (manager) => manager.insert(Payment, { … }));
 * ```
 */
export class WebhookInbox {
  private readonly table: string;
  private readonly now: () => number;
  private readonly newToken: () => string;
  private isPrepared = false;

  /**
   * @param dataSource of MySQL, MariaDB or SQLite (better-sqlite3)
   * @throws {TypeError} for a table whose name would need quotes
   */
  constructor(
    private readonly dataSource: DataSource,
    { table = DEFAULT_INBOX_TABLE, now = Date.now, newToken = randomUUID }: InboxOptions = {},
  ) {
    checkTableName(table);
    this.table = table;
    this.now = now;
    this.newToken = newToken;
  }

  /** Makes the table where it does not exist; instead of the migration that `webhookInboxMigrations` gives. */
  async createTable(): Promise<void> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await createInboxTable(runner, this.table);
    } finally {
      await runner.release();
    }
  }

  /**
   * Runs the handler in a transaction, unless a copy of the delivery was handled.
   *
   * @param handle is given the manager of the transaction; what it does elsewhere (a request, a mail) may be done again
   *   when the transaction cannot be committed
   * @throws {TypeError} for an id or a source that is empty or too long to keep
   * @throws the error of the handler: nothing is kept, and the next copy is handled. Answer the sender with an error
   */
  async receive(
    webhook: ReceivedWebhook,
    handle: (manager: EntityManager) => Promise<unknown>,
  ): Promise<InboxOutcome> {
    const row = this.toRow(webhook);
    this.prepare();
    for (let tried = 1; ; tried += 1) {
      let isHandling = false;
      try {
        return await this.dataSource.transaction(async (manager) => {
          if (!(await this.claim(manager, row))) return 'repeated';
          isHandling = true;
          await handle(manager);
          return 'handled';
        });
      } catch (error) {
        if (isHandling || tried === MOST_TRIES || codeOf(error) !== 'ER_LOCK_DEADLOCK') throw error;
      }
    }
  }

  /**
   * Forgets deliveries that were received before a time: a sender repeats them no longer.
   *
   * @param before epoch milliseconds
   * @returns how many
   */
  async prune(before: number): Promise<number> {
    this.prepare();
    for (let removed = 0; ;) {
      const rows = await this.dataSource.query<{ key_hash: string }[]>(
        `SELECT key_hash FROM \`${this.table}\` WHERE received_at < ? ORDER BY received_at LIMIT ${BATCH}`,
        [before],
      );
      const keys = rows.map(({ key_hash }) => key_hash);
      removed += await this.dataSource.transaction((manager) =>
        deleteByKeys(manager, `\`${this.table}\``, 'key_hash', keys),
      );
      if (keys.length < BATCH) return removed;
    }
  }

  /** Inserts the row, and reads back by its own token whether it is the one that is kept. */
  private async claim(manager: EntityManager, row: InboxRow): Promise<boolean> {
    const token = this.newToken();
    await manager.query(
      `${insertIgnore(dialectOf(manager))} \`${this.table}\` (key_hash, source, webhook_id, token, received_at) VALUES (?,?,?,?,?)`,
      [row.hash, row.source, row.id, token, this.now()],
    );
    const [kept] = await manager.query<{ token: string }[]>(
      `SELECT token FROM \`${this.table}\` WHERE key_hash = ?`,
      [row.hash],
    );
    return kept?.token === token;
  }

  private toRow({ id, source = '' }: ReceivedWebhook): InboxRow {
    if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID) {
      throw new TypeError(`The id of a delivery must be a text of 1 to ${LONGEST_ID} characters.`);
    }
    if (typeof source !== 'string' || source.length > LONGEST_SOURCE) {
      throw new TypeError(`The source of a delivery must be a text of at most ${LONGEST_SOURCE} characters.`);
    }
    return {
      id,
      source,
      hash: createHash('sha256')
        .update(JSON.stringify([source, id]))
        .digest('hex'),
    };
  }

  /** TypeORM runs overlapping transactions of one SQLite connection as one; they are put in a line. */
  private prepare(): void {
    if (this.isPrepared) return;
    this.isPrepared = true;
    if (this.dataSource.options.type === 'better-sqlite3') serialiseSqlite(this.dataSource);
  }
}

interface InboxRow {
  id: string;
  source: string;
  hash: string;
}
