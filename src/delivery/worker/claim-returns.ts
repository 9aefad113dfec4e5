import { Inject, Injectable, Logger } from '@nestjs/common';
import { isRetryable, isUnavailable } from '../../database/database-errors.js';
import { Clock } from '../../host/clock.js';
import { Leases } from '../claiming/leases.js';
import type { Claim } from '../model/claim.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { DeliveryCloser } from '../outcomes/delivery-closer.js';
import { HandOffLedger } from './hand-off-ledger.js';
import type { LocalQueues } from './local-queues.js';
import { MAX_COPY_AGE_MS, SendGate } from './send-gate.js';

/**
 * Hands claims back whose request was not made: their deliveries are due again at once, and neither the claim nor an
 * attempt is counted. What cannot be written while the database is away is kept and written later.
 */
@Injectable()
export class ClaimReturns {
  private readonly logger = new Logger('Delivery');
  private unwritten: Claim[] = [];

  // oxlint-disable-next-line max-params
  constructor(
    private readonly leases: Leases,
    private readonly gate: SendGate,
    private readonly closer: DeliveryCloser,
    private readonly ledger: HandOffLedger,
    private readonly clock: Clock,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  /**
   * Hands claims back. It never rejects.
   *
   * @param redeliveriesDueAt when a person's redeliveries are due again, epoch milliseconds; default: now
   */
  async handBack(claims: Claim[], redeliveriesDueAt?: number): Promise<void> {
    const written = claims.length === 0 ? [] : await this.ledger.giveBack(claims);
    if (written.length === 0) return;
    try {
      await this.leases.release(written, redeliveriesDueAt);
    } catch (error) {
      if (isUnavailable(error) || isRetryable(error)) this.unwritten.push(...written);
      this.logger.warn(
        `${written.length} deliveries could not be handed back (${(error as Error).message}); other workers claim them when their leases end.`,
      );
    }
  }

  /**
   * Hands back claims that the gate refuses. What is of a disabled or deleted webhook is claimed by nobody any more, and
   * ends here. It never rejects.
   */
  async handBackRefused(claims: Claim[]): Promise<void> {
    if (claims.length === 0) return;
    await this.handBack(claims);
    try {
      // Read after the claims were made: in an older copy a new webhook would look like a deleted one.
      const { byId } = (await this.gate.read()).webhooks;
      for (const id of new Set(claims.map(({ webhook }) => webhook.id))) {
        const webhook = byId.get(id);
        if (webhook === undefined) await this.closer.closeOfWebhook(id, 'webhook-deleted');
        else if (!webhook.isEnabled) await this.closer.closeOfWebhook(id, 'webhook-disabled');
      }
    } catch (error) {
      this.logger.warn(
        `Deliveries of webhooks that are disabled or deleted could not be ended (${(error as Error).message}); a later poll ends them.`,
      );
    }
  }

  /**
   * Takes what has waited in the queues and ended meanwhile out of them: a person cancelled it. It never rejects: while the
   * database is away nothing goes out, because the gate reads it too.
   */
  async dropLost(queues: Pick<LocalQueues, 'queued' | 'takeBack'>): Promise<void> {
    // A claim or a renewal of its lease was a look at it as well.
    const lookedAt = this.clock.now() + this.options.leaseMs - MAX_COPY_AGE_MS;
    const waiting = queues
      .queued()
      .filter((claim) => claim.leaseUntil < lookedAt && !this.ledger.holds(claim));
    if (waiting.length === 0) return;
    const lost = await this.leases.findLost(waiting).catch(() => new Set<Claim>());
    await this.handBack(queues.takeBack((claim) => lost.has(claim)));
  }

  /** Hands back what could not be handed back before. */
  async retry(): Promise<void> {
    await this.handBack(this.unwritten.splice(0));
  }
}
