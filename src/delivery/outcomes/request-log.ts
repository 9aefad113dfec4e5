import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, placeholderRows, placeholders, tableOf } from '../../database/dialect.js';
import { Clock } from '../../host/clock.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { type RequestFacts, splitHeaders } from '../model/common-headers.js';
import type { Outcome } from '../model/outcome.js';
import { RequestEntity } from '../model/request.entity.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';

const DAY_MS = 86_400_000;

const COLUMNS = 5;

/** Characters of a hash in hexadecimal: 128 bits. */
const ID_LENGTH = 32;

/** The request of an attempt as its row says it. */
export interface AttemptRequest {
  /** Of the row with what it shares with others; null: the row of the attempt says everything. */
  requestId: string | null;
  url: string;
  /** JSON object. */
  headers: string;
}

/** What the requests of one webhook share, as it was stored last. */
interface Shared {
  row: Pick<RequestEntity, 'id' | 'webhookId' | 'url' | 'headers'>;
  /** When it was stored or last marked as used, epoch milliseconds; 0: not yet. */
  storedAt: number;
}

/** The requests of some attempts. */
export interface DescribedRequests {
  /** In the order of the attempts. */
  requests: AttemptRequest[];
  /** To be called after the commit: what they share is stored from now on. */
  markStored: () => void;
}

/** More of one webhook means that its headers are another ones each time, so that remembering them is of no use. */
const MOST_SHARED = 8;

/**
 * Stores what all requests of a webhook have in common once (its URL, the names of its headers), so that the row of an
 * attempt has only what this attempt alone has. While an earlier release may read the history, each attempt has it all.
 */
@Injectable()
export class RequestLog {
  private readonly known = new WeakMap<DeliverableWebhook, Map<string, Shared>>();

  constructor(
    private readonly webhooks: WebhookCache,
    private readonly clock: Clock,
  ) {}

  /** Says what the rows of some attempts have of their requests, and stores what they share where it is not stored yet. */
  async describe(manager: EntityManager, outcomes: readonly Outcome[]): Promise<DescribedRequests> {
    if (!this.webhooks.isMigrationFinished) {
      return { requests: outcomes.map(describeWhole), markStored: () => {} };
    }
    const now = this.clock.now();
    const unstored = new Set<Shared>();
    const requests = outcomes.map((outcome): AttemptRequest => {
      const { common, own } = splitHeaders(outcome.attempt.requestHeaders, factsOf(outcome));
      const shared = this.share(outcome.claim.webhook, outcome.attempt.url, common);
      if (now - shared.storedAt >= DAY_MS) unstored.add(shared);
      return { requestId: shared.row.id, url: '', headers: JSON.stringify(own) };
    });
    await store(manager, [...unstored], now);
    const markStored = (): void => {
      for (const shared of unstored) shared.storedAt = now;
    };
    return { requests, markStored };
  }

  private share(webhook: DeliverableWebhook, url: string, common: Record<string, string | null>): Shared {
    const headers = JSON.stringify(common);
    const text = `${url}\n${headers}`;
    const ofWebhook = this.known.get(webhook) ?? new Map<string, Shared>();
    this.known.set(webhook, ofWebhook);
    const known = ofWebhook.get(text);
    if (known) return known;
    const id = createHash('sha256').update(`${webhook.id}\n${text}`).digest('hex').slice(0, ID_LENGTH);
    const shared = { row: { id, webhookId: webhook.id, url, headers }, storedAt: 0 };
    if (ofWebhook.size >= MOST_SHARED) ofWebhook.clear();
    ofWebhook.set(text, shared);
    return shared;
  }
}

async function store(manager: EntityManager, unstored: Shared[], now: number): Promise<void> {
  if (unstored.length === 0) return;
  const table = tableOf(manager, RequestEntity);
  const rows = unstored.map(({ row }) => row).sort((a, b) => (a.id < b.id ? -1 : 1));
  await manager.query(
    `${insertIgnore(dialectOf(manager))} ${table} (id, webhook_id, url, headers, used_at)
     VALUES ${placeholderRows(rows.length, COLUMNS)}`,
    rows.flatMap(({ id, webhookId, url, headers }) => [id, webhookId, url, headers, now]),
  );
  await manager.query(
    `UPDATE ${table} SET used_at = ? WHERE id IN (${placeholders(rows.length)}) AND used_at < ?`,
    [now, ...rows.map(({ id }) => id), now],
  );
}

function describeWhole({ attempt }: Outcome): AttemptRequest {
  return { requestId: null, url: attempt.url, headers: JSON.stringify(attempt.requestHeaders) };
}

function factsOf({ claim, attempt }: Outcome): RequestFacts {
  const { eventId, event, number } = claim;
  return { eventId, event, number, startedAt: attempt.startedAt };
}
