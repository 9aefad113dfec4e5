import { Injectable } from '@nestjs/common';
import { type DataSource, In } from 'typeorm';
import { NotFoundError } from '../../http/envelope-error.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { decryptOrNull } from '../../webhooks/secrets/encryption.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { maskHeaders } from '../../auth/mask.js';
import { AttemptEntity, DeliveryEntity, WebhookBodyEntity } from '../model/delivery-entities.js';
import {
  type DeliveryDetailView,
  type DeliveryView,
  toAttemptView,
  toDeliveryView,
} from './delivery-view.js';
import type { DeliveryFilterQuery } from './delivery-filter.dto.js';
import { allOf, countUpTo, searchNewest } from './search-deliveries.js';
import { type CursorPage, readCursor, readLimit, readTime } from '../../http/pagination.js';
import { ANYTHING } from './access-paths.js';
import { WhyPending } from './explain-next-attempt.js';
import { type DeliverySelection, matchOf } from '../model/delivery-selection.js';
import { selectionOf as selectionOfBody } from './filter-selection.js';
import type { DeliveriesFilter } from './recovery.dto.js';
import { InjectDatabase } from '../../host/tokens.js';

/** A count before a change of many says no more than this. */
const MOST_COUNTED = 10_000;

/** Behind every id. */
const LAST = '~';

/** Answers "did you send it?": deliveries and their attempts, newest first. */
@Injectable()
export class DeliveryHistory {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookSource,
    private readonly why: WhyPending,
    private readonly clock: Clock,
  ) {}

  async list(filter: DeliveryFilterQuery, viewer: Viewer): Promise<CursorPage<DeliveryView>> {
    const limit = readLimit(filter.limit);
    const selection = selectionOf(filter, viewer);
    const { manager } = this.dataSource;
    const { ids, next } =
      matchOf(selection).sql === ANYTHING.sql
        ? await allOf(manager, selection, limit)
        : await searchNewest(manager, selection, limit);
    const rows = ids.length === 0 ? [] : await manager.findBy(DeliveryEntity, { id: In(ids) });
    return {
      data: rows.toSorted((a, b) => (a.id < b.id ? 1 : -1)).map(toDeliveryView),
      meta: { nextCursor: next },
    };
  }

  /**
   * How many deliveries a filter means, counted up to {@link MOST_COUNTED}; capped: there are or may be more.
   *
   * @throws {RequestValidationError} for an empty filter, and for a time that cannot be read
   */
  async count(filter: DeliveriesFilter, viewer: Viewer): Promise<{ matched: number; capped: boolean }> {
    return countUpTo(
      this.dataSource.manager,
      selectionOfBody(filter, viewer, this.clock.now()),
      MOST_COUNTED,
    );
  }

  /** @throws {NotFoundError} `delivery.notFound`, also where it is another tenant's */
  async find(id: string, viewer: Viewer): Promise<DeliveryEntity> {
    const delivery = await this.dataSource.manager.findOneBy(DeliveryEntity, {
      id,
      ...restrictToTenant(viewer),
    });
    if (!delivery) throw new NotFoundError('delivery.notFound');
    return delivery;
  }

  /** @throws {NotFoundError} as {@link find} */
  async detail(id: string, viewer: Viewer): Promise<DeliveryDetailView> {
    const delivery = await this.find(id, viewer);
    const { manager } = this.dataSource;
    const attempts = await manager.find(AttemptEntity, {
      where: { deliveryId: id },
      order: { number: 'ASC' },
    });
    const body = await manager.findOneBy(WebhookBodyEntity, {
      eventId: delivery.eventId,
      rendering: delivery.rendering,
    });
    const views = attempts.map(toAttemptView);
    const last = views.at(-1);
    const webhook = await this.registry.find(manager, delivery.webhookId);
    return {
      ...toDeliveryView(delivery),
      why:
        delivery.state === 'pending' ? await this.why.of(delivery, webhook, attempts.at(-1) ?? null) : null,
      attempts: views,
      request: {
        url: last?.url ?? webhook?.url ?? null,
        // None where no key opens them: the attempt that needs them will say so.
        headers: last?.requestHeaders ?? maskHeaders(decryptOrNull(() => webhook?.headers ?? {}) ?? {}),
        body: body?.body ?? null,
      },
    };
  }
}

/** What a list's filter means. */
function selectionOf(filter: DeliveryFilterQuery, viewer: Viewer): DeliverySelection {
  const from = readTime('from', filter.from);
  const to = readTime('to', filter.to);
  const cursor = readCursor(filter.cursor);
  const { id, webhookId, state, event, statusCode, statusClass, tenant } = filter;
  // Ids begin with the time at which they were made, so that a time is a place in the primary key.
  const ends = [
    LAST,
    ...(to === undefined ? [] : [firstIdAt(to)]),
    ...(cursor === undefined ? [] : [cursor]),
  ];
  return {
    after: from === undefined ? '' : firstIdAt(from),
    before: ends.toSorted()[0] ?? LAST,
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
