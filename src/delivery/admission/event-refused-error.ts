import { UnavailableError } from '../../http/envelope-error.js';
import type { AdmissionObstacle } from '../options/admission-limits.js';
import { describeRefusal } from './admission-bounds.js';

/** How long a publisher should wait: a backlog and a full disk take longer to go away than a restart, seconds. */
const RETRY_AFTER_S = 30;

/**
 * No new event is recorded now: a bound of `limits` is passed, or the database's disk is full. Nothing was written; roll
 * the change back and try again later. What is recorded goes on being sent. Over HTTP it is a 503 with `Retry-After`.
 */
export class EventRefusedError extends UnavailableError {
  override readonly name = 'EventRefusedError';

  constructor(
    /** The key of `limits` whose bound is passed; `diskFull`: the database could not write. */
    readonly bound: AdmissionObstacle,
    options: { cause?: unknown } = {},
  ) {
    super(describeRefusal(bound), RETRY_AFTER_S, { bound });
    if (options.cause !== undefined) this.cause = options.cause;
  }
}
