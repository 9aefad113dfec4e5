import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Clock } from '../../host/clock.js';
import type { PollResult } from '../../host/poll-loop.js';
import { InjectDatabase } from '../../host/tokens.js';
import { DeliveryClaimer } from '../claiming/delivery-claimer.js';
import { RedeliveryClaimer } from '../claiming/redelivery-claimer.js';
import { HostBreakers } from '../health/host-breakers.js';
import type { Pause } from '../health/pauses.js';
import type { Claim, ClaimRequest } from '../model/claim.js';
import {
  type DueWebhook,
  findDueWebhooks,
  findDueWork,
  nextWebhookWithPending,
} from '../model/due-deliveries.js';
import { getHostKey } from '../model/owner.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { DeliveryCloser } from '../outcomes/delivery-closer.js';
import { OwnFaultHolds } from '../outcomes/own-fault-holds.js';
import { WebhookCache, type WebhookSet } from '../webhook-cache/webhook-cache.js';
import { allotFairly } from './allot-fairly.js';
import { FanOutScheduler } from './fan-out-scheduler.js';
import type { LocalQueues } from './local-queues.js';
import { SendGate } from './send-gate.js';
import { WaitingWebhooks } from './waiting-webhooks.js';

/** How many webhooks one poll asks for due work. */
const WEBHOOKS_PER_POLL = 500;

/** The most redeliveries by hand that are claimed at a time. */
const REDELIVERIES_AT_A_TIME = 32;

/** The claims of the worker. */
export interface HeldClaims {
  list(): Iterable<Claim>;
  /** Renews their leases: some have ended. */
  renew(): void;
}

/** A webhook with due work that may go out. */
type Due = Pick<ClaimRequest, 'webhook' | 'isProbe'>;

/** Finds work: fans out events, claims due deliveries and redeliveries, closes what can no longer be sent. */
@Injectable()
export class WorkFinder {
  /** Where the next poll of the webhooks begins: round robin, so that with very many none waits for those before it. */
  private cursor = 0;
  /** Where the next search for pending deliveries of deleted webhooks begins. */
  private orphanCursor = '';
  private pauses: ReadonlyMap<string, Pause> = new Map();
  private isPaused = false;
  private due: ReadonlySet<string> = new Set();
  private readonly waiting = new WaitingWebhooks();
  private rotation = 0;
  private emptyPolls = 0;
  private held: HeldClaims = { list: () => [], renew: () => undefined };

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly clock: Clock,
    private readonly webhooks: WebhookCache,
    private readonly fanOut: FanOutScheduler,
    private readonly claimer: DeliveryClaimer,
    private readonly redeliveries: RedeliveryClaimer,
    private readonly closer: DeliveryCloser,
    private readonly gate: SendGate,
    private readonly faults: OwnFaultHolds,
    private readonly hosts: HostBreakers,
  ) {}

  /**
   * Tells what this process holds. It takes over none of it: where a lease has ended, as it may while another transaction
   * holds the database or the process stood still, it is renewed.
   */
  leaveOut(held: HeldClaims): void {
    this.held = held;
  }

  /**
   * The claim with its webhook as it was read last: a secret that was rotated since the claim holds for it too. A webhook
   * that went to another tenant is none of this claim's.
   */
  refresh(claim: Claim): Claim {
    const webhook = this.webhooks.newest(claim.webhook.id);
    if (webhook === undefined || webhook.tenant !== claim.webhook.tenant) return claim;
    return webhook === claim.webhook ? claim : { ...claim, webhook };
  }

  /** How many polls in a row have found nothing to do. */
  get idlePolls(): number {
    return this.emptyPolls;
  }

  /** Counts the empty polls anew: there may soon be work. */
  expect(): void {
    this.emptyPolls = 0;
  }

  /** Whether the last poll may have left due deliveries of a webhook. */
  hasMoreFor(webhookId: string): boolean {
    return this.due.has(webhookId);
  }

  /** Notes that due deliveries of webhooks were written: what is newer has its turn after them. */
  noteWritten(webhookIds: readonly string[]): void {
    this.waiting.noteWritten(webhookIds);
  }

  /** Whether deliveries of a webhook were due when a poll last looked and it left some of them. */
  hasWaitingFor(webhookId: string): boolean {
    return this.waiting.has(webhookId);
  }

  /**
   * Whether a poll has looked for what is due. A backlog of events that wait for their fan-out is none of it: as with the
   * batches of the newest events it delays no fresh one, and an event that waits with it would cost more.
   */
  get isUpToDate(): boolean {
    return this.waiting.isKnown && !this.isPaused;
  }

  /** Whether the last poll found more than could be sent at once: events to fan out, or due deliveries that may go out. */
  get isBehind(): boolean {
    return this.fanOut.isBehind || this.due.size > 0;
  }

  /** Wakes a poll that waits where another fan-out batch may begin. @returns whether one may */
  wakeIfCapacity(queues: LocalQueues): boolean {
    return this.fanOut.wakeIfCapacity(queues);
  }

  /** Waits until no fan-out batch is running. */
  async settle(): Promise<void> {
    await this.fanOut.settle();
  }

  /**
   * Looks for work once.
   *
   * @param queues the free capacity; the capacity of each claim that is handed over is taken
   * @param forDue whether to look for due deliveries too; without it only for events that wait for their fan-out
   * @param handOver called with claims as they are made; for those of a batch that is still being fanned out when this
   *   returns, later
   */
  async poll(queues: LocalQueues, forDue: boolean, handOver: (claims: Claim[]) => void): Promise<PollResult> {
    this.waiting.beginPoll();
    if (forDue && (await this.isIdle(queues))) {
      this.emptyPolls += 1;
      this.waiting.noteNothing();
      return { hasMore: false, hasMoreDue: false };
    }
    this.emptyPolls = 0;
    if (forDue) await this.readPauses(queues);
    const leftToClaim = await this.fanOut.next(queues, handOver);
    const hasMoreToFanOut = this.fanOut.hasMore(queues);
    if (this.isPaused || !(forDue || leftToClaim)) {
      return { hasMore: hasMoreToFanOut, hasMoreDue: false };
    }
    const claimed = await this.claimDue(queues, handOver);
    const redelivered = await this.claimRedeliveries(queues, handOver);
    return { hasMore: hasMoreToFanOut || claimed || redelivered, hasMoreDue: claimed || redelivered };
  }

  /** Whether the database has nothing to do for anybody, and nothing is being done here. */
  private async isIdle(queues: LocalQueues): Promise<boolean> {
    if (this.fanOut.hasMore(queues)) return false;
    const askedAt = performance.now();
    const { version, isAny } = await findDueWork(this.dataSource.manager, this.clock.now());
    return this.webhooks.confirm(version, askedAt) && !isAny;
  }

  private async readPauses(queues: LocalQueues): Promise<void> {
    const written = queues.pauses.listWritten();
    const { webhooks, pauses } = await this.gate.read();
    this.pauses = pauses;
    this.isPaused = webhooks.sendingPaused;
    const excluded = this.isPaused
      ? 'all'
      : excludedFromFastPath(webhooks, pauses, this.faults.held(), this.clock.now());
    queues.pauses.exclude(excluded, written);
  }

  private async claimDue(queues: LocalQueues, handOver: (claims: Claim[]) => void): Promise<boolean> {
    const { manager } = this.dataSource;
    const set = await this.webhooks.current(manager);
    const { some, hasMore } = this.nextWebhooks([...set.byId.keys()]);
    const found = await findDueWebhooks(manager, some);
    this.waiting.noteFound(some, found, this.clock.now());
    const isAnyClosed = await this.closeUnsendable(found, set);
    const requests = this.requestsFor(found, set, queues);
    if (requests.length === 0) return hasMore || isAnyClosed;
    const { claims, poisoned, ofOtherTenants } = await this.claimer.claim(
      requests,
      this.options.leaseMs,
      this.findHeld(({ deliveryId, redeliveryId }) => (redeliveryId === null ? deliveryId : null)),
    );
    this.waiting.noteClaimed(requests, claims);
    for (const { webhook } of claims) {
      queues.forceAcquire(webhook);
      if (this.hosts.getAllowance(webhook) === 'probe') this.hosts.beginProbe(webhook);
    }
    handOver(claims);
    await this.closer.closePoisoned(poisoned);
    await this.closer.closePending(ofOtherTenants, 'tenant-changed');
    return hasMore || isAnyClosed || claims.length > 0;
  }

  /** Says of ids whether a claim of this process has them; its leases are renewed when one does. */
  private findHeld(idOf: (claim: Claim) => string | null): (id: string) => boolean {
    let ids: Set<string | null> | null = null;
    return (id) => {
      ids ??= new Set([...this.held.list()].map(idOf));
      if (!ids.has(id)) return false;
      this.held.renew();
      return true;
    };
  }

  private requestsFor(found: DueWebhook[], { byId }: WebhookSet, queues: LocalQueues): ClaimRequest[] {
    const now = this.clock.now();
    const due = found.flatMap(({ webhookId, dueAt }) => {
      const webhook = byId.get(webhookId);
      const pause = this.pauses.get(webhookId);
      const isOpen = webhook?.isEnabled === true && !webhook.awaitsConsent;
      const mayGo = isOpen && dueAt <= now && (pause === undefined || pause.until <= now);
      const isWanted =
        mayGo && !queues.pauses.isPaused(webhookId) && !this.faults.isHeld(webhookId) && !webhook.hasLostKey;
      return isWanted ? [{ webhook, isProbe: pause?.needsProbe === true }] : [];
    });
    this.due = new Set(due.map(({ webhook }) => webhook.id));
    const wants = this.wantsOf(due, queues);
    const counts = allotFairly(queues.capacity, wants);
    return wants.flatMap(({ owner: webhook, isProbe }, index) => {
      const count = counts[index] ?? 0;
      return count > 0 ? [{ webhook, count, isProbe }] : [];
    });
  }

  /** What webhooks with due work could take: of a host that is being probed one of them one. */
  private wantsOf(due: readonly Due[], queues: LocalQueues) {
    const probed = new Set<string>();
    return this.rotate(due).flatMap(({ webhook, isProbe }) => {
      const allowance = this.hosts.getAllowance(webhook);
      const host = allowance === 'probe' ? getHostKey(webhook) : '';
      if (allowance === 'none' || probed.has(host)) return [];
      if (allowance === 'probe') probed.add(host);
      const most = isProbe || allowance === 'probe' ? 1 : queues.free(webhook);
      return most > 0 ? [{ owner: webhook, isProbe, most }] : [];
    });
  }

  /** Begins with another one at each poll: the last one gets what cannot be divided, the first one probes its host. */
  private rotate<T>(all: readonly T[]): T[] {
    this.rotation += 1;
    const first = this.rotation % Math.max(1, all.length);
    return [...all.slice(first), ...all.slice(0, first)];
  }

  private nextWebhooks(ids: string[]): { some: string[]; hasMore: boolean } {
    if (this.cursor >= ids.length) this.cursor = 0;
    const some = ids.slice(this.cursor, this.cursor + WEBHOOKS_PER_POLL);
    this.cursor += WEBHOOKS_PER_POLL;
    return { some, hasMore: this.cursor < ids.length };
  }

  private async closeUnsendable(found: DueWebhook[], { byId }: WebhookSet): Promise<boolean> {
    let closed = 0;
    for (const { webhookId } of found) {
      if (byId.get(webhookId)?.isEnabled) continue;
      closed += await this.closer.closeOfWebhook(webhookId, 'webhook-disabled');
    }
    return closed + (await this.closeOfDeleted(byId)) > 0;
  }

  /** Steps through the webhooks that have pending deliveries, one a poll, and closes those of a deleted webhook. */
  private async closeOfDeleted(byId: WebhookSet['byId']): Promise<number> {
    const webhookId = await nextWebhookWithPending(this.dataSource.manager, this.orphanCursor);
    this.orphanCursor = webhookId ?? '';
    if (webhookId === null || byId.has(webhookId)) return 0;
    return this.closer.closeOfWebhook(webhookId, 'webhook-deleted');
  }

  private async claimRedeliveries(
    queues: LocalQueues,
    handOver: (claims: Claim[]) => void,
  ): Promise<boolean> {
    const { byId } = await this.webhooks.current(this.dataSource.manager);
    const claims = await this.redeliveries.claim(
      REDELIVERIES_AT_A_TIME,
      this.options.leaseMs,
      byId,
      this.findHeld(({ redeliveryId }) => redeliveryId),
    );
    for (const { webhook } of claims) queues.forceAcquire(webhook);
    handOver(claims);
    return claims.length > 0;
  }
}

/**
 * Webhooks whose deliveries the fan-out must not lease: paused ones, those that a fault of this side holds, and those with
 * limits that a claim acquires.
 */
function excludedFromFastPath(
  { metered }: WebhookSet,
  pauses: ReadonlyMap<string, Pause>,
  held: readonly string[],
  now: number,
): Set<string> {
  const paused = [...pauses].filter(([, { until, needsProbe }]) => needsProbe || until > now);
  return new Set([...metered, ...held, ...paused.map(([webhookId]) => webhookId)]);
}
