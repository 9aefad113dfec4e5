import { Injectable } from '@nestjs/common';
import { mayView, type Viewer } from '../../auth/tenancy.js';
import { AdmissionControl } from '../admission/admission-control.js';
import type { AdmissionObstacle } from '../options/admission-limits.js';
import { OwnFaultHolds } from '../outcomes/own-fault-holds.js';
import { LostKeys } from '../webhook-cache/lost-keys.js';
import type { Registrations } from '../webhook-cache/webhook-cache.js';

/** The most webhooks that are named. */
const MOST_NAMED = 20;

/** What a person on call must know, beside the figures. */
export interface SendingStateView {
  sendingPaused: boolean;
  /** The bound of `limits` (or `diskFull`) for which this instance records no new event; null: it records. */
  recordingClosedBy: AdmissionObstacle | null;
  /** Why this instance cannot send to some webhooks, in sentences, as `/health/ready` says; for a tenant always empty. */
  problems: string[];
  /** The first 20 webhooks whose filters are suspended. */
  suspendedFilters: { id: string; name: string; suspendedAt: string }[];
}

/** Tells what keeps events from being recorded, sent or filtered, from what this instance has in memory. */
@Injectable()
export class SendingState {
  constructor(
    private readonly admission: AdmissionControl,
    private readonly faults: OwnFaultHolds,
    private readonly keys: LostKeys,
  ) {}

  /** Sentences about what keeps this instance from sending; empty: nothing does. */
  async describeProblems(): Promise<string[]> {
    const lost = await this.keys.describe();
    return [...(lost === null ? [] : [lost]), ...this.faults.describe()];
  }

  async build(webhooks: Registrations, viewer: Viewer): Promise<SendingStateView> {
    return {
      sendingPaused: webhooks.sendingPaused,
      recordingClosedBy: this.admission.closedBy,
      // They count and name webhooks of every tenant.
      problems: viewer === null ? await this.describeProblems() : [],
      suspendedFilters: listSuspended(webhooks, viewer),
    };
  }
}

function listSuspended({ byId }: Registrations, viewer: Viewer): SendingStateView['suspendedFilters'] {
  const suspended: SendingStateView['suspendedFilters'] = [];
  for (const webhook of byId.values()) {
    const { id, name, filterSuspendedAt: since = null } = webhook;
    if (since === null || !mayView(webhook, viewer)) continue;
    suspended.push({ id, name, suspendedAt: new Date(since).toISOString() });
    if (suspended.length === MOST_NAMED) break;
  }
  return suspended;
}
