import { Injectable } from '@nestjs/common';
import { type DeliveriesFilter, FilterBody, RecoverBody } from '../../../delivery/history/recovery.dto.js';
import {
  Recoveries as RecoveryRequests,
  type StartedRecovery,
} from '../../../delivery/recovery/recoveries.js';
import { type RecoveryView, toRecoveryView } from '../../../delivery/recovery/recovery-view.js';
import type { HostCaller } from '../host-caller.js';
import { ServiceCalls } from './service-calls.js';

/** Bulk redeliveries and recoveries, for the code of a host: what the routes do, by the same rules. */
@Injectable()
export class Recoveries {
  constructor(
    private readonly calls: ServiceCalls,
    private readonly recoveries: RecoveryRequests,
  ) {}

  /**
   * Starts one attempt for every delivery that matches.
   *
   * @throws {RequestValidationError} for an empty filter @throws {ForbiddenError} without `deliveries:write`
   */
  async redeliver(viewer: HostCaller, filter: DeliveriesFilter): Promise<StartedRecovery> {
    const { data } = await this.calls.run(
      viewer,
      {
        scope: 'deliveries:write',
        action: 'deliveries.redeliver',
        status: 202,
        input: { type: FilterBody, value: { filter } },
      },
      async ({ tenant }, body) => ({ data: await this.recoveries.redeliver(body.filter, tenant) }),
    );
    return data;
  }

  /**
   * Sends what failed of a webhook again, on a fresh schedule; with `missed` also what it was never sent.
   *
   * @throws {NotFoundError} @throws {ConflictError} while the webhook is disabled
   * @throws {RequestValidationError} @throws {ForbiddenError} without the scope `deliveries:write`
   */
  async recover(viewer: HostCaller, webhookId: string, range: RecoverBody): Promise<StartedRecovery> {
    return this.calls.run(
      viewer,
      {
        scope: 'deliveries:write',
        action: 'webhook.recover',
        status: 202,
        targetId: webhookId,
        input: { type: RecoverBody, value: range },
      },
      ({ tenant }, body) => this.recoveries.recover(webhookId, body, tenant),
    );
  }

  /** How far one has come. @throws {NotFoundError} @throws {ForbiddenError} without the scope `deliveries:read` */
  async get(viewer: HostCaller, id: string): Promise<RecoveryView> {
    return this.calls.read(viewer, 'deliveries:read', async ({ tenant }) =>
      toRecoveryView(await this.recoveries.find(id, tenant)),
    );
  }
}
