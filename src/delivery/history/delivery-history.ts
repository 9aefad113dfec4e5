import { Injectable } from '@nestjs/common';
import { type DataSource, type EntityManager, In } from 'typeorm';
import { NotFoundError } from '../../http/envelope-error.js';
import { mayView, restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { ClockSteps } from '../../database/clock-steps.js';
import { type Freshness, ReadReplica } from '../../database/read-replica.js';
import { Clock } from '../../host/clock.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { decryptOrNull } from '../../webhooks/secrets/encryption.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { maskHeaders } from '../../auth/mask.js';
import { type CursorPage, readCursor, readLimit, readTime, tellBehind } from '../../http/pagination.js';
import { InjectDatabase } from '../../host/tokens.js';
import { AttemptEntity, DeliveryEntity, WebhookBodyEntity } from '../model/delivery-entities.js';
import { findPinnedBody } from '../model/stored-bodies.js';
import { type DeliverySelection, matchOf } from '../model/delivery-selection.js';
import {
  type DeliveryDetailView,
  type DeliveryView,
  toAttemptView,
  toDeliveryView,
} from './delivery-view.js';
import { completeAttempts } from './complete-attempts.js';
import type { DeliveryFilterQuery } from './delivery-filter.dto.js';
import { listNewest, countUpTo, searchNewest } from './search-deliveries.js';
import { MATCH_ALL } from './access-paths.js';
import { NextAttemptExplainer } from './explain-next-attempt.js';
import { buildSelection } from './filter-selection.js';
import type { DeliveriesFilter } from './recovery.dto.js';

/** The limit of a count that is made before a bulk action. */
const MAX_COUNTED = 10_000;

/** Sorts after every id. */
const AFTER_EVERY_ID = '~';

/** Reads deliveries and their attempts, newest first, by keyset pagination: it answers "did you send it?". */
@Injectable()
export class DeliveryHistory {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookSource,
    private readonly explainer: NextAttemptExplainer,
    private readonly clock: Clock,
    private readonly steps: ClockSteps,
    private readonly replica: ReadReplica,
  ) {}

  private readonly idsBefore = (time: number): string => this.steps.idsBefore(time);

  async list(
    filter: DeliveryFilterQuery,
    viewer: Viewer,
    freshness: Freshness = 'current',
  ): Promise<CursorPage<DeliveryView>> {
    const limit = readLimit(filter.limit);
    const selection = buildListSelection(filter, viewer, this.idsBefore);
    return tellBehind(await this.replica.read(freshness, (manager) => readPage(manager, selection, limit)));
  }

  /**
   * Counts the deliveries that match a filter, up to {@link MAX_COUNTED}. `capped`: there are, or may be, more.
   *
   * @throws {RequestValidationError} for an empty filter, and for a time that cannot be read
   */
  async count(filter: DeliveriesFilter, viewer: Viewer): Promise<{ matched: number; capped: boolean }> {
    return countUpTo(
      this.dataSource.manager,
      buildSelection(filter, viewer, this.clock.now(), this.idsBefore),
      MAX_COUNTED,
    );
  }

  /** @throws {NotFoundError} `delivery.notFound`, also for a delivery of another tenant */
  async find(id: string, viewer: Viewer): Promise<DeliveryEntity> {
    const delivery = await findVisible(this.dataSource.manager, id, viewer);
    if (!delivery) throw new NotFoundError('delivery.notFound');
    return delivery;
  }

  /** @throws {NotFoundError} as {@link find} */
  async findDetail(
    id: string,
    viewer: Viewer,
    freshness: Freshness = 'current',
  ): Promise<DeliveryDetailView> {
    const record = await this.replica.find(
      freshness,
      (manager) => readRecord(manager, id, viewer),
      // What is pending changes at any moment, and is explained by what the primary knows.
      ({ delivery: { state } }) => state !== 'pending',
    );
    if (!record) throw new NotFoundError('delivery.notFound');
    const { delivery, attempts, body } = record;
    const views = attempts.map(toAttemptView);
    const last = views.at(-1);
    const found = await this.webhooks.find(this.dataSource.manager, delivery.webhookId);
    // A webhook that went to another tenant is not for the viewer of its old deliveries to see.
    const webhook = found !== null && mayView(found, viewer) ? found : null;
    return {
      ...toDeliveryView(delivery),
      why:
        delivery.state === 'pending'
          ? await this.explainer.explain(delivery, webhook, attempts.at(-1) ?? null)
          : null,
      attempts: views,
      request: {
        url: last?.url ?? webhook?.url ?? null,
        // Empty when no key decrypts them: the next attempt reports that error.
        headers: last?.requestHeaders ?? maskHeaders(decryptOrNull(() => webhook?.headers ?? {}) ?? {}),
        body,
      },
    };
  }
}

async function readPage(
  manager: EntityManager,
  selection: DeliverySelection,
  limit: number,
): Promise<CursorPage<DeliveryView>> {
  const { ids, next } =
    matchOf(selection).sql === MATCH_ALL.sql
      ? await listNewest(manager, selection, limit)
      : await searchNewest(manager, selection, limit);
  const rows = ids.length === 0 ? [] : await manager.findBy(DeliveryEntity, { id: In(ids) });
  return {
    data: rows.toSorted((a, b) => (a.id < b.id ? 1 : -1)).map(toDeliveryView),
    meta: { nextCursor: next },
  };
}

async function findVisible(
  manager: EntityManager,
  id: string,
  viewer: Viewer,
): Promise<DeliveryEntity | null> {
  return manager.findOneBy(DeliveryEntity, { id, ...restrictToTenant(viewer) });
}

/** A delivery with its attempts and its body; null: the body is not kept any more. */
interface DeliveryRecord {
  delivery: DeliveryEntity;
  attempts: AttemptEntity[];
  body: string | null;
}

async function readRecord(
  manager: EntityManager,
  id: string,
  viewer: Viewer,
): Promise<DeliveryRecord | null> {
  const delivery = await findVisible(manager, id, viewer);
  if (!delivery) return null;
  const rows = await manager.find(AttemptEntity, { where: { deliveryId: id }, order: { number: 'ASC' } });
  const attempts = await completeAttempts(manager, rows, delivery);
  const { eventId, rendering } = delivery;
  const stored = await manager.findOneBy(WebhookBodyEntity, { eventId, rendering });
  const body = stored?.body ?? (await findPinnedBody(manager, eventId, rendering));
  return { delivery, attempts, body };
}

/** Translates the query of a list into a selection. */
function buildListSelection(
  filter: DeliveryFilterQuery,
  viewer: Viewer,
  idsBefore: (time: number) => string,
): DeliverySelection {
  const from = readTime('from', filter.from);
  const to = readTime('to', filter.to);
  const cursor = readCursor(filter.cursor);
  const { id, webhookId, state, event, statusCode, statusClass, tenant } = filter;
  // The ids bound what is read, the recorded time decides.
  const ends = [
    AFTER_EVERY_ID,
    ...(to === undefined ? [] : [idsBefore(to)]),
    ...(cursor === undefined ? [] : [cursor]),
  ];
  return {
    after: from === undefined ? '' : firstIdAt(from),
    before: ends.toSorted()[0] ?? AFTER_EVERY_ID,
    ...(from === undefined ? {} : { createdFrom: from }),
    ...(to === undefined ? {} : { createdBefore: to }),
    ...(id === undefined ? {} : { id }),
    ...(webhookId === undefined ? {} : { webhookId }),
    ...(state === undefined ? {} : { state }),
    ...(event === undefined ? {} : { event }),
    ...(statusCode === undefined ? {} : { statusCode: Number(statusCode) }),
    ...(statusClass === undefined ? {} : { statusClass }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(viewer === null ? {} : { viewer }),
  };
}
