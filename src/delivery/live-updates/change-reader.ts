import { Injectable } from '@nestjs/common';
import { type DataSource, In } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { InjectDatabase } from '../../host/tokens.js';
import { Clock } from '../../host/clock.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { WebhookEntity } from '../../webhooks/model/webhook.entity.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import { type Changed, WebhookChangeEntity } from '../model/change.entity.js';

/** A row may be committed so much later than its id says, milliseconds; it is looked for again for so long. */
const LATE_MS = 3_000;
/** The most rows of one look: a row is half a second of one instance. */
const ROWS_PER_LOOK = 200;
/** The most deliveries that are read for one look; what is more is only counted. */
const DELIVERIES_PER_LOOK = 500;

/** What changed since the last look. */
export interface Seen {
  deliveries: DeliveryEntity[];
  /** How many more deliveries changed, by tenant; the empty tenant is none. */
  more: ReadonlyMap<string, number>;
  /** Registrations that were made, changed or removed. */
  webhooks: { id: string; tenant: string | null }[];
}

/**
 * Reads what all instances changed, look by look: two short reads where nothing did. It remembers where it is, and
 * {@link start} forgets that.
 */
@Injectable()
export class ChangeReader {
  private from = '';
  private seen = new Set<string>();
  private version = 0;
  private webhooks = new Map<string, { print: string; tenant: string | null }>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookSource,
    private readonly clock: Clock,
  ) {}

  /** From here on; what changed before is not told. */
  async start(): Promise<void> {
    this.from = firstIdAt(this.clock.now());
    this.seen = new Set();
    this.version = await this.registry.version(this.dataSource.manager);
    this.webhooks = await this.printsOfWebhooks();
  }

  async look(): Promise<Seen> {
    const ids = new Set<string>();
    const more = new Map<string, number>();
    for (const changed of await this.newRows()) {
      for (const id of changed.ids) ids.add(id);
      for (const [tenant, count] of Object.entries(changed.more)) {
        more.set(tenant, (more.get(tenant) ?? 0) + count);
      }
    }
    const some = [...ids].slice(0, DELIVERIES_PER_LOOK);
    if (ids.size > some.length) more.set('', (more.get('') ?? 0) + ids.size - some.length);
    const { manager } = this.dataSource;
    const deliveries = some.length === 0 ? [] : await manager.findBy(DeliveryEntity, { id: In(some) });
    return { deliveries, more, webhooks: await this.changedWebhooks() };
  }

  private async newRows(): Promise<Changed[]> {
    const late = firstIdAt(this.clock.now() - LATE_MS);
    const rows = await this.dataSource.query<{ id: string; changed: string }[]>(
      `SELECT id, changed FROM ${tableOf(this.dataSource, WebhookChangeEntity)}
       WHERE id > ? ORDER BY id LIMIT ${ROWS_PER_LOOK}`,
      [this.from],
    );
    const fresh = rows.filter(({ id }) => !this.seen.has(id));
    for (const { id } of fresh) this.seen.add(id);
    // Rows up to here are not looked for again.
    const settled = rows.length === ROWS_PER_LOOK ? (rows.at(-1)?.id ?? late) : late;
    if (settled > this.from) {
      this.from = settled;
      this.seen = new Set([...this.seen].filter((id) => id > settled));
    }
    return fresh.map(({ changed }) => JSON.parse(changed) as Changed);
  }

  private async changedWebhooks(): Promise<Seen['webhooks']> {
    const version = await this.registry.version(this.dataSource.manager);
    if (version === this.version) return [];
    this.version = version;
    const before = this.webhooks;
    this.webhooks = await this.printsOfWebhooks();
    const ids = new Set([...before.keys(), ...this.webhooks.keys()]);
    return [...ids].flatMap((id) => {
      const [old, now] = [before.get(id), this.webhooks.get(id)];
      if (old?.print === now?.print) return [];
      return [{ id, tenant: (now ?? old)?.tenant ?? null }];
    });
  }

  private async printsOfWebhooks(): Promise<Map<string, { print: string; tenant: string | null }>> {
    const rows = await this.dataSource.query<
      { id: string; tenant: string | null; updated_at: string | number; is_enabled: number }[]
    >(`SELECT id, tenant, updated_at, is_enabled FROM ${tableOf(this.dataSource, WebhookEntity)}`);
    return new Map(
      rows.map(({ id, tenant, updated_at, is_enabled }) => [
        id,
        { print: `${updated_at} ${Number(is_enabled)} ${tenant ?? ''}`, tenant },
      ]),
    );
  }
}
