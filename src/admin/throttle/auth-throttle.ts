import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
// The one part of the package that needs nothing of Nest.
import { normalizeIp } from '@nestjs/throttler/dist/ip.js';
import { RateLimitError, UnauthorizedError } from '../../http/envelope-error.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';

/** Where failures are counted: the contract of `@nestjs/throttler`. */
export const THROTTLE_STORE = Symbol('THROTTLE_STORE');

const NAME = 'failed-authentications';

/**
 * Slows those who try tokens: counts the failed authentications of each client address (of IPv6 each /64, which is
 * what one customer has) and nothing else. It is asked after a token was found wrong, so that a valid one passes from
 * whatever address.
 */
@Injectable()
export class AuthThrottle {
  private readonly logger = new Logger('Tokens');

  constructor(
    @Inject(THROTTLE_STORE) private readonly storage: ThrottlerStorage,
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
  ) {}

  /**
   * Counts a failure.
   *
   * @param address the client's, as far as proxies are believed
   * @returns what it is to be answered: 401, and 429 from an address with too many of them
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
        `${client} failed to authenticate ${totalHits} times: it is answered 429 for ${timeToBlockExpire} s. ` +
          'Valid tokens still pass.',
      );
    }
    return new RateLimitError(Math.max(1, timeToBlockExpire));
  }
}
