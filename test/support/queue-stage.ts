import type { Claim } from '../../src/delivery/model/claim.js';
import type { Owner } from '../../src/delivery/model/owner.js';
import { LocalQueues } from '../../src/delivery/worker/local-queues.js';
import type { Turn } from '../../src/delivery/worker/requests-out.js';
import type { DeliverableWebhook } from '../../src/webhooks/model/deliverable-webhook.js';

/** `tenant/host/webhook`; what is left out in front is the same for all. */
export function ownerOf(path: string): Owner {
  const [id = '', host = 'shared', tenant = null] = path.split('/').toReversed();
  return { id: path, tenant, url: `https://${host}.example/${id}` };
}

/** A claim of a webhook by its path; of a person's redelivery where that is named. */
export const claimOf = (path: string, redeliveryId: string | null = null) =>
  ({ webhook: ownerOf(path) as DeliverableWebhook, redeliveryId }) as Claim;

const NOTHING_UNWRITTEN = () => 0;
/** How a request ended that was answered at once. */
export const QUICK = { answered: true, durationMs: 5 };
/** How a request ended that was not answered. */
export const DEAD = { answered: false, durationMs: 10_000 };

/** Queues whose time the test moves, and the requests that they have out. */
export class QueueStage {
  now = 0;
  readonly out: Turn[] = [];
  readonly queues: LocalQueues;

  constructor(concurrency: number, unwritten = NOTHING_UNWRITTEN) {
    this.queues = new LocalQueues(concurrency, unwritten, () => this.now);
  }

  /** Takes and enqueues as many claims as the queues let, or so many. */
  offer(path: string, most = Infinity): number {
    let taken = 0;
    for (; taken < most && this.queues.take(ownerOf(path)); taken += 1) this.queues.enqueue(claimOf(path));
    return taken;
  }

  /** Sends what may go out. @returns how many of each webhook */
  send(): Record<string, number> {
    const begun = this.queues.dequeue();
    this.out.push(...begun);
    return countOf(begun);
  }

  fill(path: string): number {
    this.offer(path);
    return this.send()[path] ?? 0;
  }

  /** Ends one request of each of these webhooks. */
  end(paths: string[], result = QUICK): void {
    for (const path of paths) {
      const index = this.out.findIndex((turn) => turn.claim.webhook.id === path);
      const [turn] = this.out.splice(index, 1);
      if (index < 0 || !turn) throw new Error(`${path} has no request out.`);
      this.queues.complete(turn, result);
    }
  }

  /** Lets time pass, as the worker does. @returns how many claims were handed back */
  pass(ms: number): number {
    let back = 0;
    for (const end = this.now + ms; this.now < end;) {
      this.now = Math.min(end, this.now + 50);
      back += this.queues.sweep().length;
    }
    return back;
  }

  outOf(path: string): number {
    return countOf(this.out)[path] ?? 0;
  }
}

function countOf(turns: Turn[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { claim: one } of turns) counts[one.webhook.id] = (counts[one.webhook.id] ?? 0) + 1;
  return counts;
}
