import { Injectable, Logger } from '@nestjs/common';
import { BoundedMap } from '../../host/bounded-map.js';
import { Clock } from '../../host/clock.js';
import { toLogLine } from '../../host/log-text.js';
import type { Attempt } from '../model/attempt.js';
import type { Claim } from '../model/claim.js';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import { OWN_FAULTS, type OwnFaultCode } from '../model/own-faults.js';

/** How long a webhook is held after a first fault of this side, milliseconds; doubled with each in a row. */
const FIRST_HOLD_MS = 1_000;
/** The longest hold, milliseconds. */
const LONGEST_HOLD_MS = 60_000;
/** A fault is logged once in this time, milliseconds: where descriptors are out, every request has it. */
const LOG_EVERY_MS = 10_000;
/** For how long after its hold a webhook counts as affected, milliseconds: it may have had nothing to send since. */
const AFFECTED_MS = 60_000;
const MOST_WEBHOOKS = 10_000;

interface Hold {
  webhookId: string;
  code: OwnFaultCode;
  /** Epoch milliseconds. */
  since: number;
  until: number;
  inARow: number;
}

/**
 * Holds back the webhooks whose requests this instance could not make through a fault of its own: with a backoff by
 * webhook, in memory, because another instance may well be able to send. Faults are logged and counted.
 */
@Injectable()
export class OwnFaultHolds {
  private readonly logger = new Logger('Delivery');
  private readonly holds = new BoundedMap<string, Hold>(MOST_WEBHOOKS);
  private readonly logged = new Map<OwnFaultCode, { at: number; unsaid: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly hooks: DeliveryHooks,
  ) {}

  /**
   * Records that an attempt could not be made, and holds its webhook.
   *
   * @returns when this instance may send to the webhook again, epoch milliseconds
   */
  record(claim: Pick<Claim, 'deliveryId' | 'webhook'>, code: OwnFaultCode, error: Attempt['error']): number {
    const now = this.clock.now();
    const { id } = claim.webhook;
    const before = this.holds.get(id);
    this.hooks.ownFault(code);
    // Requests that were out together fail together: they are one fault in a row.
    if (before && isDuring(before, now)) return before.until;
    const inARow = (before?.inARow ?? 0) + 1;
    const holdMs = Math.min(FIRST_HOLD_MS * 2 ** (inARow - 1), LONGEST_HOLD_MS);
    this.holds.set(id, { webhookId: id, code, since: now, until: now + holdMs, inARow });
    this.log(claim, code, error, holdMs, now);
    return now + holdMs;
  }

  /** Ends the holds of a webhook: a request to it was made, however it was answered. */
  clear(webhookId: string): void {
    this.holds.delete(webhookId);
  }

  /** Whether a webhook is held now. */
  isHeld(webhookId: string): boolean {
    const hold = this.holds.get(webhookId);
    return hold !== undefined && isDuring(hold, this.clock.now());
  }

  /** The webhooks that are held now. */
  held(): string[] {
    const now = this.clock.now();
    return [...this.holds.values()].filter((hold) => isDuring(hold, now)).map(({ webhookId }) => webhookId);
  }

  /** Sentences about the faults that keep this instance from sending now; empty: there are none. */
  describe(): string[] {
    const now = this.clock.now();
    const counts = new Map<OwnFaultCode, number>();
    for (const { code, until } of this.holds.values()) {
      if (now < until + AFFECTED_MS) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    return [...counts].map(
      ([code, count]) => `${OWN_FAULTS[code]} (${code}) Webhooks whose deliveries wait for that: ${count}.`,
    );
  }

  private log(
    { deliveryId, webhook }: Pick<Claim, 'deliveryId' | 'webhook'>,
    code: OwnFaultCode,
    error: Attempt['error'],
    holdMs: number,
    now: number,
  ): void {
    const last = this.logged.get(code);
    if (last && now >= last.at && now - last.at < LOG_EVERY_MS) {
      last.unsaid += 1;
      return;
    }
    this.logged.set(code, { at: now, unsaid: 0 });
    const others = last?.unsaid ? ` It also happened ${last.unsaid} times since the last line.` : '';
    this.logger.error(
      `Delivery ${deliveryId} to webhook ${webhook.id} was not sent through a fault of this instance (${code}: ${toLogLine(error ?? '')}). ` +
        `${OWN_FAULTS[code]} No attempt is used; the next try is in ${holdMs / 1_000} s.${others}`,
    );
  }
}

/** A clock that was set back ends a hold. */
function isDuring({ since, until }: Hold, now: number): boolean {
  return now >= since && now < until;
}
