import { Inject, Injectable, Logger } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { RateLimitError, UnauthorizedError } from '../../http/envelope-error.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { InMemoryThrottleStore } from './in-memory-throttle-store.js';

/**
 * Throttles brute force: counts the failed authentications of each client address (for IPv6 of each /64, which is what
 * one customer gets). It counts failures only, after the token was found invalid, so a valid token passes from every
 * address.
 */
@Injectable()
export class AuthThrottle {
  private readonly logger = new Logger('Tokens');

  constructor(
    private readonly store: InMemoryThrottleStore,
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
  ) {}

  /**
   * Counts a failed authentication.
   *
   * @param address the client's address, from `X-Forwarded-For` as far as the settings trust proxies
   * @returns the error to answer: 401, or 429 for an address with too many failures
   */
  async countFailure(address: string | undefined): Promise<UnauthorizedError | RateLimitError> {
    const { failures, windowMs, blockMs } = this.options.throttle;
    if (failures === 0) return new UnauthorizedError();
    const client = toClientKey(address);
    const { totalHits, isBlocked, timeToBlockExpire } = this.store.increment(
      client,
      windowMs,
      failures,
      blockMs,
    );
    if (!isBlocked) return new UnauthorizedError();
    if (totalHits === failures + 1) {
      this.logger.warn(
        `Throttled ${client}: it failed to authenticate ${totalHits} times and is answered 429 for ` +
          `${timeToBlockExpire} s. Valid tokens still pass.`,
      );
    }
    return new RateLimitError(Math.max(1, timeToBlockExpire));
  }
}

/** The key that a client is counted by: its IPv4 address, or the /64 of its IPv6 address. */
function toClientKey(address: string | undefined): string {
  if (!address || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const [withoutZone] = parsed.toNormalizedString().split('%');
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${withoutZone}/64`).toString()}/64`;
}
