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
import { type Pause, pausedWebhooks } from '../health/paused-webhooks.js';
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
    const now = this.clock.now();
    const { manager } = this.dataSource;
    const webhooks = await this.webhooks.current(manager);
    const pauses = await pausedWebhooks(manager);
    lanes.holdBack(webhooks.sendingPaused ? 'all' : heldBack(webhooks, pauses, now));

    const fannedOut = await this.fanOut.batch(lanes, this.options.leaseMs);
    for (const claim of fannedOut.claims) handOver(claim);
    const moreToFanOut = fannedOut.events === FAN_OUT_BATCH;
    if (webhooks.sendingPaused) return moreToFanOut;
    const claimed = await this.claimDue(lanes, webhooks, pauses, handOver);
    const asked = await this.takeRedeliveries(lanes, webhooks, handOver);
    return moreToFanOut || claimed || asked;
  }

  private async claimDue(
    lanes: Lanes,
    set: WebhookSet,
    pauses: ReadonlyMap<string, Pause>,
    handOver: (claim: Claim) => void,
  ): Promise<boolean> {
    const found = await lanesAfter(this.dataSource.manager, this.cursor);
    const last = found.length === LANES_PER_LOOK ? (found.at(-1)?.webhookId ?? '') : '';
    const lookAgain = last !== '' || this.cursor !== '';
    this.cursor = last;
    if (found.length === 0) return lookAgain;

    const ended = await this.endUnsendable(found, set);
    const wants = this.wantsOf(found, set, pauses, lanes);
    if (wants.length === 0) return lookAgain || ended;
    const { claims, deadly } = await this.due.claim(wants, this.options.leaseMs);
    for (const claim of claims) {
      lanes.takeAnyway(claim.webhook.id);
      handOver(claim);
    }
    await this.ending.deadly(deadly);
    return lookAgain || ended || claims.length > 0;
  }

  private wantsOf(
    found: Lane[],
    { byId }: WebhookSet,
    pauses: ReadonlyMap<string, Pause>,
    lanes: Lanes,
  ): Want[] {
    const now = this.clock.now();
    const due = found.flatMap(({ webhookId, dueAt }) => {
      const webhook = byId.get(webhookId);
      const pause = pauses.get(webhookId);
      const mayGo =
        webhook?.isEnabled === true && dueAt <= now && (pause === undefined || pause.until <= now);
      return mayGo && !lanes.isLeftAlone(webhookId) ? [{ webhook, isProbe: pause?.needsProbe === true }] : [];
    });
    let { room } = lanes;
    // Every webhook with due work gets its share before any gets more.
    const share = Math.max(1, Math.ceil(room / Math.max(1, due.length)));
    return due.flatMap(({ webhook, isProbe }) => {
      const count = isProbe ? Math.min(1, room) : Math.min(lanes.free(webhook.id), share, room);
      if (count <= 0) return [];
      room -= count;
      return [{ webhook, count, isProbe }];
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

  private async takeRedeliveries(
    lanes: Lanes,
    { byId }: WebhookSet,
    handOver: (claim: Claim) => void,
  ): Promise<boolean> {
    const claims = await this.redeliveries.claim(REDELIVERIES_AT_A_TIME, this.options.leaseMs, byId);
    for (const claim of claims) {
      lanes.takeAnyway(claim.webhook.id);
      handOver(claim);
    }
    return claims.length > 0;
  }
}

/** What the fan-out must not take for sending at once: paused webhooks, and those whose limits a claim asks for. */
function heldBack({ metered }: WebhookSet, pauses: ReadonlyMap<string, Pause>, now: number): Set<string> {
  const paused = [...pauses].filter(([, { until, needsProbe }]) => needsProbe || until > now);
  return new Set([...metered, ...paused.map(([webhookId]) => webhookId)]);
}
