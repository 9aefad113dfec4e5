import { Injectable, Logger } from '@nestjs/common';
import { isSuccess } from '../model/attempt.js';
import { DeliveryHooks, type RecordedAttempt, type DeliveryListener } from '../model/delivery-hooks.js';

/** Logs every failed attempt at level `debug`. The history has the full record. */
@Injectable()
export class AttemptLog implements DeliveryListener {
  private readonly logger = new Logger('Delivery');

  constructor(hooks: DeliveryHooks) {
    hooks.watch(this);
  }

  attempted(recorded: readonly RecordedAttempt[]): void {
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
