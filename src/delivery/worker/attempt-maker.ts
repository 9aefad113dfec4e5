import { Inject, Injectable } from '@nestjs/common';
import type { Attempt } from '../model/attempt.js';
import type { Claim } from '../model/claim.js';
import type { Outcome } from '../model/outcome.js';
import { isOwnFault } from '../model/own-faults.js';
import { DELIVERY_OPTIONS, type DeliveryOptions, RANDOM, type Random } from '../options/delivery-options.js';
import { judgeAttempt } from '../outcomes/judge-attempt.js';
import { OwnFaultHolds } from '../outcomes/own-fault-holds.js';
import { Sender } from '../sending/sender.js';
import { SendGate } from './send-gate.js';
import { WorkFinder } from './work-finder.js';

/** How often a request is begun anew whose connection took so long that the gate's copy was too old by then. */
const TRIES_WHEN_LATE = 3;

/** What became of a claim. */
export type AttemptEnd =
  /** The request was made. */
  | { kind: 'made'; outcome: Outcome }
  /** Nothing was sent, because the gate refused it. */
  | { kind: 'refused' }
  /** No attempt counts: this side failed, or the process stops. */
  | { kind: 'void'; redeliveryDueAt?: number };

/** Makes the attempts of claims, and tells those that count from those that were not made or failed through our fault. */
@Injectable()
export class AttemptMaker {
  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @Inject(RANDOM) private readonly random: Random,
    private readonly sender: Sender,
    private readonly work: WorkFinder,
    private readonly gate: SendGate,
    private readonly faults: OwnFaultHolds,
  ) {}

  async make(claim: Claim): Promise<AttemptEnd> {
    const mayGo = () => this.gate.mayGo(claim);
    let attempt = await this.sender.send(this.work.refresh(claim), mayGo);
    for (let tries = 1; attempt.errorCode === 'NOT_SENT'; tries += 1) {
      const isWorthwhile = tries < TRIES_WHEN_LATE && (await this.gate.refresh()) && mayGo();
      if (!isWorthwhile) return { kind: 'refused' };
      attempt = await this.sender.send(this.work.refresh(claim), mayGo);
    }
    const { errorCode, error } = attempt;
    if (errorCode === 'CUT_OFF') return { kind: 'void' };
    if (isOwnFault(errorCode)) {
      return { kind: 'void', redeliveryDueAt: this.faults.record(claim, errorCode, error) };
    }
    this.faults.clear(claim.webhook.id);
    return { kind: 'made', outcome: { claim, attempt, result: this.judge(claim, attempt) } };
  }

  private judge(claim: Claim, attempt: Attempt): Outcome['result'] {
    if (claim.redeliveryId !== null) return null;
    const { retrySchedule, retryJitter } = this.options;
    const policy = { schedule: claim.webhook.retrySchedule ?? retrySchedule, jitter: retryJitter };
    return judgeAttempt(attempt, policy, claim.retriesUsed, this.random());
  }
}
