import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Clock } from '../../time/clock.js';
import { ClaimDue, type Want } from '../claiming/claim-due.js';
import { ClaimRedeliveries } from '../claiming/claim-redeliveries.js';
import { type Lane, laneAfter, lanesOf } from '../claiming/due-lanes.js';
import type { Claim } from '../claiming/claim.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../delivery-options.js';
import { FAN_OUT_BATCH, FanOut, type FanOutTurn } from '../fan-out/fan-out.js';
import { type Pause, pausedWebhooks } from '../health/paused-webhooks.js';
import { WebhookCache, type WebhookSet } from '../fan-out/webhook-cache.js';
import { EndDeliveries } from '../outcomes/end-deliveries.js';
import type { Lanes } from './lanes.js';
import { InjectDatabase } from '../../database/inject-database.js';

/** How many webhooks one look asks for due work. */
const WEBHOOKS_PER_LOOK = 500;

/** How many fresh events are fanned out at a time by an instance that holds all it can. */
const FRESH_BATCH = 20;

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
export class FindWork {
  /** Where the next look at the lanes begins, so that with many lanes none waits for those before it. */
  private cursor = 0;
  private laneCursor = '';
  private pauses: ReadonlyMap<string, Pause> = new Map();
  private isPaused = false;
  private backlog = false;
  private due: ReadonlySet<string> = new Set();
  private newestNext = false;

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly clock: Clock,
    private readonly webhooks: WebhookCache,
    private readonly fanOut: FanOut,
    private readonly claims: ClaimDue,
    private readonly redeliveries: ClaimRedeliveries,
    private readonly ending: EndDeliveries,
  ) {}

  /** Whether the last look left events that wait for their fan-out. */
  get hasBacklog(): boolean {
    return this.backlog;
  }

  /** A claim with its webhook as it was read last: what was rotated since the claim was made holds for it too. */
  upToDate(claim: Claim): Claim {
    const webhook = this.webhooks.newest(claim.webhook.id);
    return webhook === undefined || webhook === claim.webhook ? claim : { ...claim, webhook };
  }

  /** Whether the last look may have left due deliveries of a webhook. */
  hasMoreFor(webhookId: string): boolean {
    return this.due.has(webhookId);
  }

  /**
   * @param lanes what may be taken; each claim that is handed over has its slot taken
   * @param forDue whether to look for due deliveries too; without it only for events that wait for their fan-out
   * @param handOver called for each claim
   */
  async find(lanes: Lanes, forDue: boolean, handOver: (claim: Claim) => void): Promise<Found> {
    if (forDue) await this.lookAtWebhooks(lanes);
    const leftToClaim = await this.fanOutInTurns(lanes, handOver);
    const moreToFanOut = this.backlog && lanes.room >= FAN_OUT_BATCH;
    if (this.isPaused || !(forDue || leftToClaim)) {
      return { more: moreToFanOut, moreDue: false };
    }

    const claimed = await this.claimDue(lanes, handOver);
    const asked = await this.takeRedeliveries(lanes, handOver);
    return { more: moreToFanOut || claimed || asked, moreDue: claimed || asked };
  }

  private async lookAtWebhooks(lanes: Lanes): Promise<void> {
    const { manager } = this.dataSource;
    const webhooks = await this.webhooks.current(manager);
    this.pauses = await pausedWebhooks(manager);
    this.isPaused = webhooks.sendingPaused;
    lanes.holdBack(this.isPaused ? 'all' : heldBack(webhooks, this.pauses, this.clock.now()));
  }

  /** @returns whether deliveries were made that a claim may take at once */
  private async fanOutInTurns(lanes: Lanes, handOver: (claim: Claim) => void): Promise<boolean> {
    const batches = await Promise.allSettled(
      this.nextTurns(lanes).map(async (turn) => {
        const { events, claims, leftToClaim } = await this.fanOut.batch(lanes, this.options.leaseMs, turn);
        for (const claim of claims) handOver(claim);
        if (turn.from === 'oldest') this.backlog = events === turn.most;
        return leftToClaim;
      }),
    );
    return batches.map(valueOf).includes(true);
  }

  /**
   * A burst of events must not keep fresh ones waiting: while there is a backlog every second turn takes the newest.
   * Where there is room for both, the two turns are taken side by side, because one batch alone takes longer to be made
   * than to be sent.
   *
   * When this instance holds all that it can, what is fanned out would only have to be claimed later: a few fresh ones
   * are enough, for webhooks that have nothing to do.
   */
  private nextTurns(lanes: Lanes): FanOutTurn[] {
    const most = FAN_OUT_BATCH;
    if (this.backlog && lanes.room >= 2 * FAN_OUT_BATCH) {
      return [
        { from: 'oldest', most },
        { from: 'newest', most },
      ];
    }
    const isFull = lanes.room < FAN_OUT_BATCH;
    this.newestNext = this.backlog && (isFull || !this.newestNext);
    return [{ from: this.newestNext ? 'newest' : 'oldest', most: isFull ? FRESH_BATCH : most }];
  }

  private async claimDue(lanes: Lanes, handOver: (claim: Claim) => void): Promise<boolean> {
    const { manager } = this.dataSource;
    const set = await this.webhooks.current(manager);
    const { some, lookAgain } = this.nextWebhooks([...set.byId.keys()]);
    const found = await lanesOf(manager, some);
    const ended = await this.endUnsendable(found, set);
    const wants = this.wantsOf(found, set, lanes);
    if (wants.length === 0) return lookAgain || ended;
    const { claims, deadly } = await this.claims.claim(wants, this.options.leaseMs);
    for (const claim of claims) {
      lanes.takeAnyway(claim.webhook.id);
      handOver(claim);
    }
    await this.ending.deadly(deadly);
    return lookAgain || ended || claims.length > 0;
  }

  private wantsOf(found: Lane[], { byId }: WebhookSet, lanes: Lanes): Want[] {
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

  private async endUnsendable(found: Lane[], { byId }: WebhookSet): Promise<boolean> {
    let ended = 0;
    for (const { webhookId } of found) {
      if (!byId.get(webhookId)?.isEnabled)
        ended += await this.ending.ofWebhook(webhookId, 'webhook-disabled');
    }
    return ended + (await this.endOfDeleted(byId)) > 0;
  }

  /** Goes through the webhooks that have anything pending, one step a look, and ends what belongs to none. */
  private async endOfDeleted(byId: WebhookSet['byId']): Promise<number> {
    const webhookId = await laneAfter(this.dataSource.manager, this.laneCursor);
    this.laneCursor = webhookId ?? '';
    if (webhookId === null || byId.has(webhookId)) return 0;
    return this.ending.ofWebhook(webhookId, 'webhook-deleted');
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

/** What the fan-out must not take for sending at once: paused webhooks, and those whose limits a claim asks for. */
function heldBack({ metered }: WebhookSet, pauses: ReadonlyMap<string, Pause>, now: number): Set<string> {
  const paused = [...pauses].filter(([, { until, needsProbe }]) => needsProbe || until > now);
  return new Set([...metered, ...paused.map(([webhookId]) => webhookId)]);
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
