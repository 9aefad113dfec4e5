import { Injectable } from '@nestjs/common';
import { type DataSource, In } from 'typeorm';
import { placeholders, tableOf } from '../../database/dialect.js';
import { readInPages } from '../../database/read-in-pages.js';
import { InjectDatabase } from '../../host/tokens.js';
import { Clock } from '../../host/clock.js';
import { WebhookEntity } from '../../webhooks/model/webhook.entity.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import { type Changed, WebhookChangeEntity } from '../model/change.entity.js';

/** How long rows are read again, milliseconds: a transaction commits a row later than the row's time. */
const LATE_MS = 3_000;
/** The most rows that one poll reads: a row holds half a second of one instance. */
const ROWS_PER_POLL = 200;
/** The most deliveries that one poll reads; further ones are only counted. */
const DELIVERIES_PER_POLL = 500;

/** The changes since the last poll. */
export interface ChangeSet {
  deliveries: DeliveryEntity[];
  /** How many more deliveries changed, by tenant; the empty key: without a tenant. */
  more: ReadonlyMap<string, number>;
  /** The webhooks that were created, changed or deleted. */
  webhooks: { id: string; tenant: string | null }[];
}

interface PrintRow {
  id: string;
  tenant: string | null;
  updated_at: string | number;
  is_enabled: number;
  filter_suspended_at: string | number | null;
}

/** What tells two states of a webhook apart. */
interface WebhookPrint {
  print: string;
  tenant: string | null;
}

/**
 * Polls the changes of all instances, for live updates. A poll without changes costs two short reads. The reader keeps
 * its cursor from one poll to the next; {@link start} resets it.
 */
@Injectable()
export class ChangeReader {
  /** Rows of this time and later are read; epoch milliseconds. */
  private from = 0;
  /** The rows that were read, with their times. */
  private seen = new Map<string, number>();
  private version = 0;
  private webhooks = new Map<string, WebhookPrint>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly source: WebhookSource,
    private readonly clock: Clock,
  ) {}

  /** Moves the cursor to now: earlier changes are not reported. */
  async start(): Promise<void> {
    this.from = this.clock.now();
    this.seen = new Map();
    this.version = await this.source.version(this.dataSource.manager);
    this.webhooks = await this.readFingerprints();
  }

  /** Reads the changes since the last poll and moves the cursor. */
  async poll(): Promise<ChangeSet> {
    const ids = new Set<string>();
    const more = new Map<string, number>();
    for (const changed of await this.readNewRows()) {
      for (const id of changed.ids) ids.add(id);
      for (const [tenant, count] of Object.entries(changed.more)) {
        more.set(tenant, (more.get(tenant) ?? 0) + count);
      }
    }
    const some = [...ids].slice(0, DELIVERIES_PER_POLL);
    if (ids.size > some.length) more.set('', (more.get('') ?? 0) + ids.size - some.length);
    const { manager } = this.dataSource;
    const deliveries = some.length === 0 ? [] : await manager.findBy(DeliveryEntity, { id: In(some) });
    return { deliveries, more, webhooks: await this.findChangedWebhooks() };
  }

  private async readNewRows(): Promise<Changed[]> {
    const now = this.clock.now();
    const late = now - LATE_MS;
    // A clock that was set back writes times that are earlier than what was read.
    if (this.from > now) this.from = late;
    const rows = await this.dataSource.query<{ id: string; at: string | number; changed: string }[]>(
      `SELECT id, at, changed FROM ${tableOf(this.dataSource, WebhookChangeEntity)}
       WHERE at >= ? ORDER BY at LIMIT ${ROWS_PER_POLL}`,
      [this.from],
    );
    const fresh = rows.filter(({ id }) => !this.seen.has(id));
    for (const { id, at } of fresh) this.seen.set(id, Number(at));
    // Rows before this time are not read again.
    const settled = rows.length === ROWS_PER_POLL ? Number(rows.at(-1)?.at ?? late) : late;
    if (settled > this.from) {
      this.from = settled;
      this.seen = new Map([...this.seen].filter(([, at]) => at >= settled));
    }
    return fresh.map(({ changed }) => JSON.parse(changed) as Changed);
  }

  private async findChangedWebhooks(): Promise<ChangeSet['webhooks']> {
    const { manager } = this.dataSource;
    const version = await this.source.version(manager);
    if (version === this.version) return [];
    const changed = await this.source.changedBetween(manager, this.version, version);
    const read = await this.readFingerprints(changed);
    this.version = version;
    const ids = changed ?? new Set([...this.webhooks.keys(), ...read.keys()]);
    return [...ids].flatMap((id) => {
      const [old, now] = [this.webhooks.get(id), read.get(id)];
      if (now) this.webhooks.set(id, now);
      else this.webhooks.delete(id);
      if (old?.print === now?.print) return [];
      // One that went to another tenant is gone for the one before.
      const tenants = new Set([old ?? now, now ?? old].map((print) => print?.tenant ?? null));
      return [...tenants].map((tenant) => ({ id, tenant }));
    });
  }

  /** @param only the ids to read; null: all */
  private async readFingerprints(
    only: ReadonlySet<string> | null = null,
  ): Promise<Map<string, WebhookPrint>> {
    if (only?.size === 0) return new Map();
    const where = only === null ? '' : ` AND id IN (${placeholders(only.size)})`;
    const rows = await readInPages<PrintRow, string>(
      ({ id }) => id,
      (after, most) =>
        this.dataSource.query<PrintRow[]>(
          `SELECT id, tenant, updated_at, is_enabled, filter_suspended_at
           FROM ${tableOf(this.dataSource, WebhookEntity)} WHERE id > ?${where} ORDER BY id LIMIT ${most}`,
          [after ?? '', ...(only ?? [])],
        ),
    );
    return new Map(
      rows.map(({ id, tenant, updated_at, is_enabled, filter_suspended_at }) => [
        id,
        { print: `${updated_at} ${Number(is_enabled)} ${filter_suspended_at ?? ''} ${tenant ?? ''}`, tenant },
      ]),
    );
  }
}
