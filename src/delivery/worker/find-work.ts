import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../time/clock.js';
import { ClaimDue, type Want } from '../claiming/claim-due.js';
import { ClaimRedeliveries } from '../claiming/claim-redeliveries.js';
import { LANES_PER_LOOK, type Lane, lanesAfter } from '../claiming/due-lanes.js';
import type { Claim } from '../claiming/claim.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../delivery-options.js';
import { FAN_OUT_BATCH, FanOut } from '../fan-out/fan-out.js';
import { WebhookCache, type WebhookSet } from '../fan-out/webhook-cache.js';
import { EndDeliveries } from '../outcomes/end-deliveries.js';
import type { Lanes } from './lanes.js';

/** The most redeliveries by hand that are taken at a time. */
const REDELIVERIES_AT_A_TIME = 32;

/** One look for work: fan out, claim what is due, take what people asked for, end what can no longer be sent. */
@Injectable()
export class FindWork {
  /** Where the next look at the lanes begins, so that with many lanes none waits for those before it. */
  private cursor = '';

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly clock: Clock,
    private readonly webhooks: WebhookCache,
    private readonly fanOut: FanOut,
    private readonly due: ClaimDue,
    private readonly redeliveries: ClaimRedeliveries,
    private readonly ending: EndDeliveries,
  ) {}

  /**
   * @param lanes what may be taken; each claim that is handed over has its slot taken
   * @param handOver called for each claim
   * @returns whether looking again at once may find more
   */
  async find(lanes: Lanes, handOver: (claim: Claim) => void): Promise<boolean> {
    const fannedOut = await this.fanOut.batch(lanes, this.options.leaseMs);
    for (const claim of fannedOut.claims) handOver(claim);
    const claimed = await this.claimDue(lanes, handOver);
    const asked = await this.takeRedeliveries(lanes, handOver);
    return fannedOut.events === FAN_OUT_BATCH || claimed || asked;
  }

  private async claimDue(lanes: Lanes, handOver: (claim: Claim) => void): Promise<boolean> {
    const found = await lanesAfter(this.dataSource.manager, this.cursor);
    const last = found.length === LANES_PER_LOOK ? (found.at(-1)?.webhookId ?? '') : '';
    const lookAgain = last !== '' || this.cursor !== '';
    this.cursor = last;
    if (found.length === 0) return lookAgain;

    const set = await this.webhooks.current(this.dataSource.manager);
    const ended = await this.endUnsendable(found, set);
    const wants = this.wantsOf(found, set, lanes);
    if (wants.length === 0) return lookAgain || ended;
    const { claims, deadly } = await this.due.claim(wants, this.options.leaseMs);
    for (const claim of claims) {
      lanes.takeAnyway(claim.webhook.id);
      handOver(claim);
    }
    await this.ending.deadly(deadly);
    return lookAgain || ended || claims.length > 0;
  }

  private wantsOf(found: Lane[], { byId }: WebhookSet, lanes: Lanes): Want[] {
    const now = this.clock.now();
    const due = found.filter(({ webhookId, dueAt }) => dueAt <= now && byId.get(webhookId)?.isEnabled);
    let { room } = lanes;
    // Every webhook with due work gets its share before any gets more.
    const share = Math.max(1, Math.ceil(room / Math.max(1, due.length)));
    return due.flatMap(({ webhookId }) => {
      const webhook = byId.get(webhookId);
      const count = Math.min(lanes.free(webhookId), share, room);
      if (!webhook || count <= 0) return [];
      room -= count;
      return [{ webhook, count }];
    });
  }

  private async endUnsendable(found: Lane[], { byId }: WebhookSet): Promise<boolean> {
    let ended = 0;
    for (const { webhookId } of found) {
      const webhook = byId.get(webhookId);
      if (webhook?.isEnabled) continue;
      ended += await this.ending.ofWebhook(webhookId, webhook ? 'webhook-disabled' : 'webhook-deleted');
    }
    return ended > 0;
  }

  private async takeRedeliveries(lanes: Lanes, handOver: (claim: Claim) => void): Promise<boolean> {
    const { byId } = await this.webhooks.current(this.dataSource.manager);
    const claims = await this.redeliveries.claim(REDELIVERIES_AT_A_TIME, this.options.leaseMs, byId);
    for (const claim of claims) {
      lanes.takeAnyway(claim.webhook.id);
      handOver(claim);
    }
    return claims.length > 0;
  }
}
