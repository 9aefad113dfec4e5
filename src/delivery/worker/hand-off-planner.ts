import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { isRecipient, planFanOut } from '../fan-out/plan-fan-out.js';
import { type Claim, makeClaim } from '../model/claim.js';
import { deriveDeliveryId } from '../model/delivery-id.js';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import { HandOff, type HandOffOffer, type HandOffWorker } from '../model/hand-off.js';
import { pinBodies } from '../model/pinned-bodies.js';
import type { StoredEvent } from '../model/stored-event.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { HandedOffEvent, type HandOffPlan } from './handed-off-event.js';
import { HandOffLedger } from './hand-off-ledger.js';
import type { LocalQueues } from './local-queues.js';
import { PublishPace } from './publish-pace.js';
import { type Refusal, SendGate } from './send-gate.js';
import { WorkFinder } from './work-finder.js';

/** An event with more recipients is fanned out in a transaction. */
const MOST_RECIPIENTS = 100;

/** Where there are more webhooks, a producer would wait for their selection. */
const MOST_WEBHOOKS = 1_000;

/** The most characters of an event's pinned bodies, where they do not repeat its snapshot. */
const MOST_PINNED = 256_000;

/** An event whose commit came later is sent by any worker, milliseconds: its webhooks may have changed since. */
const LATEST_COMMIT_MS = 1_000;

/** What the planner asks of the worker. */
export interface HandOffSender {
  queues: LocalQueues;
  /** Sends claims whose room is taken. */
  send(claims: readonly Claim[]): void;
}

const MATCHES = { kind: 'matches' } as const;

/**
 * Offers to send an event that is about to be recorded from memory: it selects the recipients among the webhooks in memory,
 * renders their bodies and takes room for those that may get it at once. A recipient without room, a paused one and one
 * with older deliveries that are due wait as pending rows, and hold up none of the others.
 */
@Injectable()
export class HandOffPlanner implements HandOffWorker {
  private readonly logger = new Logger('Delivery');
  private sender: HandOffSender | null = null;
  private readonly publishPace: PublishPace;

  // oxlint-disable-next-line max-params
  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly handOff: HandOff,
    private readonly ledger: HandOffLedger,
    private readonly webhooks: WebhookCache,
    private readonly work: WorkFinder,
    private readonly gate: SendGate,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly hooks: DeliveryHooks,
  ) {
    this.publishPace = new PublishPace(() => this.work.isBehind);
  }

  /** Begins to offer, where the settings let it. */
  begin(sender: HandOffSender): void {
    if (!this.options.handOff) return;
    this.sender = sender;
    this.handOff.register(this);
  }

  /** Ends it: what was offered and is committed from now on takes the durable way. */
  end(): void {
    this.sender = null;
  }

  isHolding(eventId: string): boolean {
    return this.ledger.isHolding(eventId);
  }

  pace(): Promise<void> | null {
    return this.sender && this.publishPace.next();
  }

  offer(event: StoredEvent, snapshot: string): HandOffOffer | null {
    try {
      return this.plan(event, snapshot);
    } catch (error) {
      // The fan-out tells of what cannot be rendered.
      this.logger.debug(`Event ${event.id} is not handed off: ${(error as Error).message}`);
      return null;
    }
  }

  private plan(event: StoredEvent, snapshot: string): HandOffOffer | null {
    const { sender } = this;
    const set = this.webhooks.newestSet();
    if (!sender || !set || !this.webhooks.isMigrationFinished || !this.work.isUpToDate) return null;
    if (set.byId.size > MOST_WEBHOOKS) return null;
    const now = this.clock.now();
    const recipients = [...set.byId.values()].filter((webhook) => isRecipient(webhook, event, now));
    if (recipients.length === 0) return this.offerNothing(set.version, event);
    if (recipients.length > MOST_RECIPIENTS || recipients.some(isBound)) return null;
    const plan = planFanOut(event, recipients, now, () => MATCHES);
    const bodies = pinBodies(plan.bodies, snapshot);
    const leaseToken = this.ids.next();
    const leaseUntil = now + this.options.leaseMs;
    const planned = plan.recipients.map(({ webhook, body }) => ({
      claim: makeClaim(
        {
          deliveryId: deriveDeliveryId(event.id, webhook.id),
          eventId: event.id,
          event: event.type,
          webhook,
          contentType: body.contentType,
          body: body.body,
          trigger: 'event',
          number: 1,
          trace: event.context?.trace ?? null,
        },
        { leaseToken, leaseUntil },
      ),
      rendering: body.rendering,
    }));
    if (bodies.length > MOST_PINNED) return null;
    const refusals = planned.map(({ claim }) => this.gate.findRefusal(claim));
    if (!refusals.every(mayWait)) return null;
    const claims = planned.map(({ claim, rendering }, index) => ({
      claim,
      rendering,
      waits: refusals[index] !== null || !this.takeRoom(sender.queues, claim.webhook),
    }));
    if (claims.every(({ waits }) => waits)) return null;
    const { id, tenant, createdAt } = event;
    return this.offerEvent(set.version, bodies, {
      id,
      tenant,
      createdAt,
      leaseToken,
      leaseUntil,
      recipients: claims,
    });
  }

  private offerNothing(version: number, { tenant }: StoredEvent): HandOffOffer {
    const end = (): void => undefined;
    const commit = (): void => this.hooks.fannedOut([{ tenant }], []);
    return { version, lease: null, commit, doubt: end, withdraw: end };
  }

  private offerEvent(version: number, bodies: string, plan: HandOffPlan): HandOffOffer {
    const event = new HandedOffEvent(plan, this.ledger.now());
    this.ledger.expect(event);
    return {
      version,
      lease: { token: plan.leaseToken, until: plan.leaseUntil, bodies },
      commit: () => this.commit(event),
      doubt: () => this.ledger.doubt(event),
      withdraw: () => this.ledger.forget(event),
    };
  }

  private commit(event: HandedOffEvent): void {
    if (this.sender && this.isInTime(event)) this.sender.send(this.ledger.hold(event));
    else this.ledger.release([event]);
  }

  /** Whether two thirds of the lease are left, also when the clock was set back meanwhile, and the commit came soon. */
  private isInTime({ since, plan: { leaseUntil } }: HandedOffEvent): boolean {
    const { leaseMs } = this.options;
    const left = leaseUntil - this.clock.now();
    const isSoon = this.ledger.now() - since <= LATEST_COMMIT_MS;
    return isSoon && left <= leaseMs && left * 3 >= leaseMs * 2;
  }

  /** Takes room for a delivery of a webhook, where nothing waits that is older. */
  private takeRoom(queues: LocalQueues, webhook: DeliverableWebhook): boolean {
    const { id } = webhook;
    return !this.work.hasWaitingFor(id) && !this.ledger.hasWaitingFor(id) && queues.take(webhook);
  }
}

/** Whether the database must be asked before a request of a webhook, so that all of an event takes the durable way. */
function isBound(webhook: DeliverableWebhook): boolean {
  const { ordering, rateLimit, concurrency, filter, awaitsConsent, hasLostKey } = webhook;
  const isLimited = ordering !== 'none' || rateLimit !== null || concurrency !== null;
  return isLimited || filter !== null || awaitsConsent || hasLostKey;
}

/** Whether a delivery that is refused for this may be written as pending while the others of its event are sent. */
function mayWait(refusal: Refusal | null): boolean {
  return refusal === null || refusal === 'paused' || refusal === 'own-fault';
}
