import { Inject, Injectable, Logger } from '@nestjs/common';
import { BoundedMap } from '../../host/bounded-map.js';
import { Clock } from '../../host/clock.js';
import type { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import type { Attempt } from '../model/attempt.js';
import { getHostKey, getOwnerKeys, type Owner } from '../model/owner.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { emptyDelta, newHealth, nextHealth } from './next-health.js';

/** The most hosts whose breakers are remembered; beyond it the least recently used are forgotten. */
const MOST_HOSTS = 10_000;

/** A probe that has not ended by then counts as lost, milliseconds: longer than the longest timeout. */
const PROBE_MS = 60_000;

/** Codes of attempts that reached no receiver: nobody answers at its address, or its name has none. */
const CONNECT_FAILURES = new Set([
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENODATA',
  'ENOTFOUND',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether an attempt failed to connect: it tells of the host, not of the path that the webhook has there. */
export function isConnectFailure({ statusCode, errorCode, hasConnected }: Attempt): boolean {
  if (statusCode !== null || errorCode === null) return false;
  return CONNECT_FAILURES.has(errorCode) || (errorCode === 'TIMEOUT' && hasConnected === false);
}

/**
 * Circuit breakers of hosts, one for each tenant and host (origin), over the attempts of this instance. One opens when
 * most attempts of the window failed to connect; answers of any status, and requests that hang, count as connected. After
 * a pause one probe decides whether it closes. The policy is that of the webhooks' breakers.
 */
@Injectable()
export class HostBreakers {
  private readonly logger = new Logger('Delivery');
  private readonly hosts = new BoundedMap<string, WebhookHealthEntity>(MOST_HOSTS);
  /** Since when those are open that are not closed, epoch milliseconds: nothing is looked up while none is. */
  private readonly open = new Map<string, number>();

  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly clock: Clock,
  ) {}

  /**
   * What may be sent to a host now: `all`, the one `probe` that decides, or `none`. A person's redeliveries do not ask.
   */
  getAllowance(owner: Owner): 'all' | 'probe' | 'none' {
    if (this.open.size === 0) return 'all';
    const key = getHostKey(owner);
    const since = this.open.get(key);
    if (since === undefined) return 'all';
    const now = this.clock.now();
    // A clock that was set back makes no pause longer.
    const isPaused = now >= since && (this.hosts.get(key)?.pausedUntil ?? 0) > now;
    return isPaused ? 'none' : 'probe';
  }

  /** Marks a probe as begun: until it ends, or is lost, nothing else is sent. */
  beginProbe(owner: Owner): void {
    const key = getHostKey(owner);
    const health = this.hosts.get(key);
    if (!health || !this.open.has(key)) return;
    const now = this.clock.now();
    this.open.set(key, now);
    this.hosts.set(key, { ...health, breaker: 'half-open', pausedUntil: now + PROBE_MS });
  }

  /** Lets another probe go at once: the one that began was not sent, or failed through a fault of this side. */
  abandonProbe(owner: Owner): void {
    if (this.open.size === 0) return;
    const key = getHostKey(owner);
    const health = this.hosts.get(key);
    if (health?.breaker === 'half-open') this.hosts.set(key, { ...health, pausedUntil: this.clock.now() });
  }

  /**
   * Counts an attempt.
   *
   * @returns whether the breaker is open since this attempt: nothing may go to the host from now on
   */
  record(owner: Owner, attempt: Attempt): boolean {
    // Behind a proxy the connection that fails is the one to the proxy.
    if (this.options.egressProxy !== null || attempt.errorCode === 'CUT_OFF') return false;
    const hasFailed = isConnectFailure(attempt);
    if (!hasFailed && this.hosts.size === 0) return false;
    const key = getHostKey(owner);
    const before = this.hosts.get(key);
    if (!before && !hasFailed) return false;
    const now = this.clock.now();
    const counts = hasFailed ? { failures: 1, trailingFailures: 1, firstFailureAt: now } : { successes: 1 };
    const after = nextHealth(
      before ?? newHealth(key),
      { ...emptyDelta(), ...counts },
      now,
      this.options.health,
    );
    this.hosts.set(key, after);
    if (after.breaker === (before?.breaker ?? 'closed')) return false;
    return this.announce(owner, key, after);
  }

  private announce(owner: Owner, key: string, { breaker, pausedUntil }: WebhookHealthEntity): boolean {
    const host = `${getOwnerKeys(owner)[1]}${owner.tenant === null ? '' : ` of tenant ${owner.tenant}`}`;
    if (breaker === 'closed') {
      this.open.delete(key);
      this.logger.log(`The host ${host} takes connections again: its webhooks are sent to.`);
      return false;
    }
    this.open.set(key, this.clock.now());
    this.logger.warn(
      `The host ${host} takes no connections: nothing is sent to its webhooks until ${new Date(pausedUntil ?? 0).toISOString()}, then one request tries.`,
    );
    return true;
  }
}
