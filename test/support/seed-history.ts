import type { DataSource, EntityManager } from 'typeorm';
import { getDataSourceToken } from '@nestjs/typeorm';
import { placeholderRows } from '../../src/database/dialect.js';
import { TimeOrderedIds } from '../../src/host/time-ordered-ids.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import type { RunningApp } from './start-app.js';

/** Deliveries that have been, to be put straight into the tables. */
export interface Seed {
  webhookId: string;
  count: number;
  /** When the first was made, epoch milliseconds; each further one a millisecond later. */
  at: number;
  /** Default: `failed`, `exhausted` and 500. */
  state?: 'succeeded' | 'failed' | 'pending';
  tenant?: string | null;
  /** Attempts of each. Default: 1. */
  attempts?: number;
}

/** What was put there, in the order of time. */
export interface Seeded {
  eventIds: string[];
  deliveryIds: string[];
}

const ROWS_PER_STATEMENT = 500;

/** Puts events, bodies, deliveries and attempts into the tables as if they had been made at a time. */
export async function seedHistory(app: Pick<RunningApp, 'get'>, seed: Seed): Promise<Seeded> {
  const clock = new ManualClock(seed.at);
  const ids = new TimeOrderedIds(clock);
  const rows = Array.from({ length: seed.count }, (_, n) => {
    clock.set(seed.at + n);
    return { eventId: ids.next(), deliveryId: ids.next(), at: seed.at + n, n };
  });
  const dataSource = app.get<DataSource>(getDataSourceToken());
  await dataSource.transaction(async (manager) => {
    for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
      await insert(manager, seed, rows.slice(start, start + ROWS_PER_STATEMENT));
    }
  });
  return {
    eventIds: rows.map(({ eventId }) => eventId),
    deliveryIds: rows.map(({ deliveryId }) => deliveryId),
  };
}

interface SeedRow {
  eventId: string;
  deliveryId: string;
  at: number;
  n: number;
}

async function insert(manager: EntityManager, seed: Seed, rows: SeedRow[]): Promise<void> {
  const { webhookId, state = 'failed', tenant = null, attempts = 1 } = seed;
  const pending = state === 'pending';
  const into = async (table: string, columns: string, values: unknown[][]) => {
    await manager.query(
      `INSERT INTO ${table} (${columns}) VALUES ${placeholderRows(values.length, columns.split(',').length)}`,
      values.flat(),
    );
  };
  await into(
    'webhook_events',
    'id,type,tenant,snapshot,created_at',
    rows.map(({ eventId, at, n }) => [eventId, 'order.shipped', tenant, JSON.stringify({ n }), at]),
  );
  await into(
    'webhook_bodies',
    'event_id,rendering,content_type,body',
    rows.map(({ eventId, n }) => [
      eventId,
      'strapi-v3',
      'application/json',
      JSON.stringify({ event: 'order.shipped', data: { n } }),
    ]),
  );
  await into(
    'webhook_deliveries',
    'id,event_id,webhook_id,event,tenant,rendering,state,reason,attempt_count,attempts_begun,last_status_code,' +
      'next_trigger,next_attempt_at,lane,due_at,created_at,finished_at',
    rows.map(({ deliveryId, eventId, at }) => [
      deliveryId,
      eventId,
      webhookId,
      'order.shipped',
      tenant,
      'strapi-v3',
      state,
      state === 'failed' ? 'exhausted' : null,
      attempts,
      attempts,
      state === 'succeeded' ? 200 : 500,
      'retry',
      pending ? at : null,
      pending ? webhookId : null,
      pending ? at : null,
      at,
      pending ? null : at + 1,
    ]),
  );
  for (let number = 1; number <= attempts; number += 1) {
    await into(
      'webhook_attempts',
      'delivery_id,number,`trigger`,started_at,duration_ms,url,status_code,request_headers,response_truncated',
      rows.map(({ deliveryId, at }) => [
        deliveryId,
        number,
        number === 1 ? 'event' : 'retry',
        at,
        1,
        'http://127.0.0.1/',
        state === 'succeeded' ? 200 : 500,
        '{}',
        0,
      ]),
    );
  }
}
