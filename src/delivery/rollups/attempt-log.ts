import { Injectable, Logger } from '@nestjs/common';
import { isSuccess } from '../model/attempt.js';
import { Happenings, type Recorded, type Watcher } from '../model/delivery-hooks.js';

/** Writes a line for every attempt that failed, for those who ask for more (`debug`): the history has all of it. */
@Injectable()
export class AttemptLog implements Watcher {
  private readonly logger = new Logger('Delivery');

  constructor(happenings: Happenings) {
    happenings.watch(this);
  }

  attempted(recorded: readonly Recorded[]): void {
    for (const { outcome } of recorded) {
      const { claim, attempt } = outcome;
      if (isSuccess(attempt)) continue;
      const cause = attempt.error ?? `the receiver answered ${attempt.statusCode}`;
      this.logger.debug(
        `Attempt ${claim.number} of delivery ${claim.deliveryId}, event ${claim.eventId} for webhook ${claim.webhook.id}, failed: ${cause}`,
      );
    }
  }
}
