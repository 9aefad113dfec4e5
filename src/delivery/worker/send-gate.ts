import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import { type Pause, pausedWebhooks } from '../health/pauses.js';
import type { Claim } from '../model/claim.js';
import { OwnFaultHolds } from '../outcomes/own-fault-holds.js';
import { type Registrations, WebhookCache } from '../webhook-cache/webhook-cache.js';

/** The oldest copy on which a request may go out, milliseconds. */
export const MAX_COPY_AGE_MS = 500;

/** A copy that is older is read again while requests still go out on it, milliseconds. */
const REFRESH_AFTER_MS = 200;

/** Why a claim may not be sent. */
export type Refusal =
  'unknown' | 'deleted' | 'disabled' | 'sending-paused' | 'paused' | 'no-consent' | 'tenant' | 'own-fault';

/** The decisions about all webhooks, as one reading of the database found them. */
export interface Decisions {
  webhooks: Registrations;
  /** The pauses and the circuit breakers that are not closed, by webhook. */
  pauses: ReadonlyMap<string, Pause>;
}

/**
 * The last check before a request: whether its webhook is there, enabled, of the same tenant, not paused and consented,
 * and sending as a whole is not paused. A claim may wait in this process for long, so what held when it was made does not
 * count. The answer comes from a copy in memory that is at most {@link MAX_COPY_AGE_MS} old; on an older one nothing goes
 * out.
 */
@Injectable()
export class SendGate {
  private copy: (Decisions & { readAt: number }) | null = null;
  private readings = 0;
  private newestReading = 0;
  private running: Promise<boolean> | null = null;
  /** Milliseconds since some moment; it is never set back, as a wall clock is. */
  private monotonic: () => number = () => performance.now();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
    private readonly clock: Clock,
    private readonly faults: OwnFaultHolds,
  ) {}

  /** Replaces the clock by which a copy ages; for tests. */
  measureAgeBy(monotonic: () => number): void {
    this.monotonic = monotonic;
  }

  /** Whether requests may go out on the copy. */
  get isFresh(): boolean {
    return this.ageMs() <= MAX_COPY_AGE_MS;
  }

  /**
   * Reads the decisions now.
   *
   * @throws the error of the database; the copy stays as it is
   */
  async read(): Promise<Decisions> {
    const reading = (this.readings += 1);
    const readAt = this.monotonic();
    const { manager } = this.dataSource;
    const webhooks = await this.webhooks.current(manager);
    const pauses = await pausedWebhooks(manager);
    // Of two readings that overlap the one that began later is kept, whichever ends first.
    if (reading > this.newestReading) {
      this.newestReading = reading;
      this.copy = { webhooks, pauses, readAt };
    }
    return { webhooks, pauses };
  }

  /** Reads the decisions, or waits for a reading that is running. @returns false while the database cannot be read */
  async refresh(): Promise<boolean> {
    this.running ??= this.readAnew().finally(() => (this.running = null));
    return this.running;
  }

  /** Reads the decisions now. @returns false while the database cannot be read */
  async readAnew(): Promise<boolean> {
    try {
      await this.read();
      return true;
    } catch {
      // The poll of the worker tells of a database that is away.
      return false;
    }
  }

  /** Begins to read where the copy will soon be too old. */
  refreshWhenAgeing(): void {
    if (this.running === null && this.ageMs() > REFRESH_AFTER_MS) void this.refresh();
  }

  /** Why a claim may not be sent; null: it may. A person's redelivery goes to a disabled or paused webhook too. */
  findRefusal({ webhook: { id, tenant }, redeliveryId, isProbe }: Claim): Refusal | null {
    if (this.copy === null) return 'unknown';
    const { webhooks, pauses } = this.copy;
    if (webhooks.sendingPaused) return 'sending-paused';
    const webhook = webhooks.byId.get(id);
    if (webhook === undefined) return 'deleted';
    if (webhook.tenant !== tenant) return 'tenant';
    if (redeliveryId !== null) return null;
    if (!webhook.isEnabled) return 'disabled';
    if (webhook.awaitsConsent) return 'no-consent';
    if (this.faults.isHeld(id)) return 'own-fault';
    // The claim of a probe is what wrote the pause: until the probe has ended nothing else goes.
    const isPaused = !isProbe && (pauses.get(id)?.until ?? 0) > this.clock.now();
    return isPaused ? 'paused' : null;
  }

  /** Whether a claim may be sent at this moment: nothing speaks against it, and the copy that says so is fresh. */
  mayGo(claim: Claim): boolean {
    return this.isFresh && this.findRefusal(claim) === null;
  }

  private ageMs(): number {
    return this.copy === null ? Infinity : this.monotonic() - this.copy.readAt;
  }
}
