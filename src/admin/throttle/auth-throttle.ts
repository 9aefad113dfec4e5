import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
// A deep import: the only part of the package that does not need its Nest module.
import { normalizeIp } from '@nestjs/throttler/dist/ip.js';
import { RateLimitError, UnauthorizedError } from '../../http/envelope-error.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';

/** The injection token of the store that counts failures, a `ThrottlerStorage` of `@nestjs/throttler`. */
export const THROTTLE_STORE = Symbol('THROTTLE_STORE');

const NAME = 'failed-authentications';

/**
 * Throttles brute force: counts the failed authentications of each client address (for IPv6 of each /64, which is what
 * one customer gets). It counts failures only, after the token was found invalid, so a valid token passes from every
 * address.
 */
@Injectable()
export class AuthThrottle {
  private readonly logger = new Logger('Tokens');

  constructor(
    @Inject(THROTTLE_STORE) private readonly storage: ThrottlerStorage,
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
    const client = normalizeIp(address ?? '') || 'unknown';
    const { totalHits, isBlocked, timeToBlockExpire } = await this.storage.increment(
      client,
      windowMs,
      failures,
      blockMs,
      NAME,
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
