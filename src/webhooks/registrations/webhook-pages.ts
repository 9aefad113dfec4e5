import { type EntityManager, In } from 'typeorm';
import type { Viewer } from '../../auth/tenancy.js';
import { byPrimaryKey, dialectOf, forceIndex, tableOf } from '../../database/dialect.js';
import { WebhookHealthEntity } from '../model/webhook-health.entity.js';
import { WebhookEntity } from '../model/webhook.entity.js';

/** The states by which a list selects. `paused`: enabled, and its receiver gets nothing for now. */
export const WEBHOOK_STATES = ['enabled', 'disabled', 'paused'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** Which webhooks a page holds. */
export interface WebhookSelection {
  /** At most so many. */
  limit: number;
  /** Those with ids after this one. */
  after?: string;
  /** A part of the name or the URL, in any case. */
  search?: string;
  state?: WebhookState;
}

/** One page of webhooks, oldest first. */
export interface WebhookPage {
  webhooks: WebhookEntity[];
  /** The id of the last one where more follow; null on the last page. */
  next: string | null;
}

/**
 * Reads a page of webhooks by their ids, through the index of the viewer's tenant or the primary key.
 *
 * @param now epoch milliseconds
 */
export async function findWebhookPage(
  manager: EntityManager,
  selection: WebhookSelection,
  viewer: Viewer,
  now: number,
): Promise<WebhookPage> {
  const { limit, after, search, state } = selection;
  const conditions: [string, unknown[]][] = [];
  if (viewer !== null) conditions.push(['tenant = ?', [viewer]]);
  if (after !== undefined) conditions.push(['id > ?', [after]]);
  if (search !== undefined) {
    const pattern = `%${search.replaceAll(/[!%_]/g, '!$&')}%`;
    const lower = pattern.toLowerCase();
    // SQLite lowers the letters of ASCII alone, so the text is also compared as it was given.
    const matches = ['name', 'url'].flatMap((column) => [
      `LOWER(${column}) LIKE ? ESCAPE '!'`,
      `${column} LIKE ? ESCAPE '!'`,
    ]);
    conditions.push([`(${matches.join(' OR ')})`, [lower, pattern, lower, pattern]]);
  }
  if (state !== undefined) conditions.push(buildStateCondition(manager, state, now));
  const table = tableOf(manager, WebhookEntity);
  const index =
    viewer === null ? byPrimaryKey(dialectOf(manager)) : forceIndex(manager, WebhookEntity, 'by_tenant');
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${table}${index}${where} ORDER BY id LIMIT ${limit + 1}`,
    conditions.flatMap(([, values]) => values),
  );
  const ids = rows.slice(0, limit).map(({ id }) => id);
  const webhooks =
    ids.length === 0
      ? []
      : await manager.find(WebhookEntity, { where: { id: In(ids) }, order: { id: 'ASC' } });
  return { webhooks, next: rows.length > limit ? (ids.at(-1) ?? null) : null };
}

function buildStateCondition(manager: EntityManager, state: WebhookState, now: number): [string, unknown[]] {
  if (state !== 'paused') return ['is_enabled = ?', [state === 'enabled' ? 1 : 0]];
  const webhooks = tableOf(manager, WebhookEntity);
  // Not EXISTS: MySQL would begin with the health rows and sort what it finds.
  const pausedUntil = `SELECT h.paused_until FROM ${tableOf(manager, WebhookHealthEntity)} h
    WHERE h.webhook_id = ${webhooks}.id`;
  return [`is_enabled = 1 AND (${pausedUntil}) > ?`, [now]];
}
