import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Clock } from '../../host/clock.js';
import { DeliveryClaimer } from '../claiming/delivery-claimer.js';
import { type ClaimRequest, type Claim } from '../model/claim.js';
import { RedeliveryClaimer } from '../claiming/redelivery-claimer.js';
import { type DueWebhook, nextWebhookWithPending, findDueWebhooks } from '../model/due-deliveries.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { type Pause, pausedWebhooks } from '../health/pauses.js';
import { WebhookCache, type WebhookSet } from '../webhook-cache/webhook-cache.js';
import { DeliveryCloser } from '../outcomes/delivery-closer.js';
import { FanOutScheduler } from './fan-out-scheduler.js';
import type { LocalQueues } from './local-queues.js';
import { InjectDatabase } from '../../host/tokens.js';

/** How many webhooks one look asks for due work. */
const WEBHOOKS_PER_LOOK = 500;

/** The most redeliveries by hand that are taken at a time. */
const REDELIVERIES_AT_A_TIME = 32;

/** Whether looking again at once may find more. */
export interface Found {
  /** More of anything. */
  more: boolean;
  /** More that is due, or asked for by a person: not only events that wait for their fan-out. */
  moreDue: boolean;
}

/** One look for work: fan out, claim what is due, take what people asked for, end what can no longer be sent. */
@Injectable()
export class WorkFinder {
  /** Where the next look at the lanes begins, so that with many lanes none waits for those before it. */
  private cursor = 0;
  private laneCursor = '';
  private pauses: ReadonlyMap<string, Pause> = new Map();
  private isPaused = false;
  private due: ReadonlySet<string> = new Set();

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly clock: Clock,
    private readonly webhooks: WebhookCache,
    private readonly fanOut: FanOutScheduler,
    private readonly claims: DeliveryClaimer,
    private readonly redeliveries: RedeliveryClaimer,
    private readonly ending: DeliveryCloser,
  ) {}

  /** A claim with its webhook as it was read last: what was rotated since the claim was made holds for it too. */
  upToDate(claim: Claim): Claim {
    const webhook = this.webhooks.newest(claim.webhook.id);
    return webhook === undefined || webhook === claim.webhook ? claim : { ...claim, webhook };
  }

  /** Whether the last look may have left due deliveries of a webhook. */
  hasMoreFor(webhookId: string): boolean {
    return this.due.has(webhookId);
  }

  /** @returns whether there is room for more of the events that wait for their fan-out */
  mayFanOut(lanes: LocalQueues): boolean {
    return this.fanOut.look(lanes);
  }

  /** Waits until nothing is being fanned out. */
  async settle(): Promise<void> {
    await this.fanOut.settle();
  }

  /**
   * @param lanes what may be taken; each claim that is handed over has its slot taken
   * @param forDue whether to look for due deliveries too; without it only for events that wait for their fan-out
   * @param handOver called with claims as they are made; for those of a batch that is still being fanned out when this
   *   returns, later
   */
  async find(lanes: LocalQueues, forDue: boolean, handOver: (claims: Claim[]) => void): Promise<Found> {
    if (forDue) await this.lookAtWebhooks(lanes);
    const leftToClaim = await this.fanOut.next(lanes, handOver);
    const moreToFanOut = this.fanOut.hasMore(lanes);
    if (this.isPaused || !(forDue || leftToClaim)) {
      return { more: moreToFanOut, moreDue: false };
    }

    const claimed = await this.claimDue(lanes, handOver);
    const asked = await this.takeRedeliveries(lanes, handOver);
    return { more: moreToFanOut || claimed || asked, moreDue: claimed || asked };
  }

  private async lookAtWebhooks(lanes: LocalQueues): Promise<void> {
    const { manager } = this.dataSource;
    const webhooks = await this.webhooks.current(manager);
    this.pauses = await pausedWebhooks(manager);
    this.isPaused = webhooks.sendingPaused;
    lanes.holdBack(this.isPaused ? 'all' : heldBack(webhooks, this.pauses, this.clock.now()));
  }

  private async claimDue(lanes: LocalQueues, handOver: (claims: Claim[]) => void): Promise<boolean> {
    const { manager } = this.dataSource;
    const set = await this.webhooks.current(manager);
    const { some, lookAgain } = this.nextWebhooks([...set.byId.keys()]);
    const found = await findDueWebhooks(manager, some);
    const ended = await this.endUnsendable(found, set);
    const wants = this.wantsOf(found, set, lanes);
    if (wants.length === 0) return lookAgain || ended;
    const { claims, deadly } = await this.claims.claim(wants, this.options.leaseMs);
    for (const { webhook } of claims) lanes.takeAnyway(webhook.id);
    handOver(claims);
    await this.ending.deadly(deadly);
    return lookAgain || ended || claims.length > 0;
  }

  private wantsOf(found: DueWebhook[], { byId }: WebhookSet, lanes: LocalQueues): ClaimRequest[] {
    const now = this.clock.now();
    const due = found.flatMap(({ webhookId, dueAt }) => {
      const webhook = byId.get(webhookId);
      const pause = this.pauses.get(webhookId);
      const isOpen = webhook?.isEnabled === true && !webhook.awaitsConsent;
      const mayGo = isOpen && dueAt <= now && (pause === undefined || pause.until <= now);
      return mayGo && !lanes.isLeftAlone(webhookId) ? [{ webhook, isProbe: pause?.needsProbe === true }] : [];
    });
    this.due = new Set(due.map(({ webhook }) => webhook.id));
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

  /** A few hundred webhooks a look, in turn, so that with very many none waits for those before it. */
  private nextWebhooks(ids: string[]): { some: string[]; lookAgain: boolean } {
    if (this.cursor >= ids.length) this.cursor = 0;
    const some = ids.slice(this.cursor, this.cursor + WEBHOOKS_PER_LOOK);
    this.cursor += WEBHOOKS_PER_LOOK;
    return { some, lookAgain: this.cursor < ids.length };
  }

  private async endUnsendable(found: DueWebhook[], { byId }: WebhookSet): Promise<boolean> {
    let ended = 0;
    for (const { webhookId } of found) {
      if (!byId.get(webhookId)?.isEnabled)
        ended += await this.ending.ofWebhook(webhookId, 'webhook-disabled');
    }
    return ended + (await this.endOfDeleted(byId)) > 0;
  }

  /** Goes through the webhooks that have anything pending, one step a look, and ends what belongs to none. */
  private async endOfDeleted(byId: WebhookSet['byId']): Promise<number> {
    const webhookId = await nextWebhookWithPending(this.dataSource.manager, this.laneCursor);
    this.laneCursor = webhookId ?? '';
    if (webhookId === null || byId.has(webhookId)) return 0;
    return this.ending.ofWebhook(webhookId, 'webhook-deleted');
  }

  private async takeRedeliveries(lanes: LocalQueues, handOver: (claims: Claim[]) => void): Promise<boolean> {
    const { byId } = await this.webhooks.current(this.dataSource.manager);
    const claims = await this.redeliveries.claim(REDELIVERIES_AT_A_TIME, this.options.leaseMs, byId);
    for (const { webhook } of claims) lanes.takeAnyway(webhook.id);
    handOver(claims);
    return claims.length > 0;
  }
}

/** What the fan-out must not take for sending at once: paused webhooks, and those whose limits a claim asks for. */
function heldBack({ metered }: WebhookSet, pauses: ReadonlyMap<string, Pause>, now: number): Set<string> {
  const paused = [...pauses].filter(([, { until, needsProbe }]) => needsProbe || until > now);
  return new Set([...metered, ...paused.map(([webhookId]) => webhookId)]);
}
