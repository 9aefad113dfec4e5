import { Injectable } from '@nestjs/common';
import { type DeliveryCount, DeliveryCalls } from '../../../delivery/rest/delivery-calls.js';
import { DeliveryFilterQuery } from '../../../delivery/history/delivery-filter.dto.js';
import type { DeliveryDetailView, DeliveryView } from '../../../delivery/history/delivery-view.js';
import { type DeliveriesFilter, FilterBody } from '../../../delivery/history/recovery.dto.js';
import type { CursorPage } from '../../../http/pagination.js';
import type { HostCaller } from '../host-caller.js';
import { ServiceCalls, toQuery } from './service-calls.js';

/** Which deliveries a list has, as the query of `GET /admin/deliveries`. The given ones are joined by AND. */
export interface DeliveryListOptions extends Omit<DeliveriesFilter, 'from' | 'to'> {
  /** Deliveries created at or after this time; a text is ISO 8601. */
  from?: Date | string;
  /** Deliveries created before this time. */
  to?: Date | string;
  /** The `nextCursor` of an earlier page. */
  cursor?: string;
  /** 1 to 200. Default: 50. */
  limit?: number;
}

/** The deliveries, for the code of a host: what the routes do, by the same rules and into the same audit log. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly calls: ServiceCalls,
    private readonly deliveries: DeliveryCalls,
  ) {}

  /** Lists deliveries, newest first. @throws {ForbiddenError} without the scope `deliveries:read` */
  async list(viewer: HostCaller, options: DeliveryListOptions = {}): Promise<CursorPage<DeliveryView>> {
    return this.calls.read(viewer, 'deliveries:read', async (caller) =>
      this.deliveries.list(await this.calls.check(DeliveryFilterQuery, toQuery(options), 'query'), caller),
    );
  }

  /** Counts deliveries, up to 10,000. @throws {ForbiddenError} without the scope `deliveries:read` */
  async count(viewer: HostCaller, filter: DeliveriesFilter): Promise<DeliveryCount> {
    return this.calls.read(viewer, 'deliveries:read', async (caller) => {
      const body = await this.calls.check(FilterBody, { filter: { ...filter } }, 'body');
      return this.deliveries.count(body.filter, caller);
    });
  }

  /**
   * Reads a delivery with its request and its attempts.
   *
   * @throws {NotFoundError} also for one of another tenant @throws {ForbiddenError} without `deliveries:read`
   */
  async get(viewer: HostCaller, id: string): Promise<DeliveryDetailView> {
    return this.calls.read(viewer, 'deliveries:read', (caller) => this.deliveries.get(id, caller));
  }

  /**
   * Has one attempt made now, which changes no schedule.
   *
   * @throws {NotFoundError} @throws {ConflictError} where its webhook is deleted
   * @throws {ForbiddenError} without the scope `deliveries:write`
   */
  async redeliver(viewer: HostCaller, id: string): Promise<DeliveryView> {
    return this.calls.run(
      viewer,
      { scope: 'deliveries:write', action: 'delivery.redeliver', status: 202, targetId: id },
      (caller) => this.deliveries.redeliver(id, caller),
    );
  }

  /** Ends a pending delivery. @throws {NotFoundError} @throws {ForbiddenError} without `deliveries:write` */
  async cancel(viewer: HostCaller, id: string): Promise<DeliveryView> {
    return this.calls.run(
      viewer,
      { scope: 'deliveries:write', action: 'delivery.cancel', status: 200, targetId: id },
      (caller) => this.deliveries.cancel(id, caller),
    );
  }

  /**
   * Ends the pending deliveries that match.
   *
   * @returns how many
   * @throws {RequestValidationError} for an empty filter @throws {ForbiddenError} without `deliveries:write`
   */
  async cancelMany(viewer: HostCaller, filter: DeliveriesFilter): Promise<number> {
    return this.calls.run(
      viewer,
      {
        scope: 'deliveries:write',
        action: 'deliveries.cancel',
        status: 200,
        input: { type: FilterBody, value: { filter } },
      },
      (caller, body) => this.deliveries.cancelMany(body.filter, caller),
    );
  }
}
