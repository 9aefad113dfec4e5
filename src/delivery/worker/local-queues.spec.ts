import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { Claim } from '../model/claim.js';
import type { Owner } from '../model/owner.js';
import { LocalQueues } from './local-queues.js';
import { PRESSED_AFTER_MS, STALLED_AFTER_MS, type Turn } from './requests-out.js';

/** `tenant/host/webhook`; what is left out in front is the same for all. */
function ownerOf(path: string): Owner {
  const [id = '', host = 'shared', tenant = null] = path.split('/').toReversed();
  return { id: path, tenant, url: `https://${host}.example/${id}` };
}

const claim = (path: string, redeliveryId: string | null = null) =>
  ({ webhook: ownerOf(path) as DeliverableWebhook, redeliveryId }) as Claim;

const NOTHING_UNWRITTEN = () => 0;
const QUICK = { answered: true, durationMs: 5 };
const DEAD = { answered: false, durationMs: 10_000 };

/** Queues whose time the test moves, and the requests that they have out. */
class Stage {
  now = 0;
  readonly out: Turn[] = [];
  readonly queues: LocalQueues;

  constructor(concurrency: number, unwritten = NOTHING_UNWRITTEN) {
    this.queues = new LocalQueues(concurrency, unwritten, () => this.now);
  }

  /** Takes and enqueues as many claims as the queues let, or so many. */
  offer(path: string, most = Infinity): number {
    let taken = 0;
    for (; taken < most && this.queues.take(ownerOf(path)); taken += 1) this.queues.enqueue(claim(path));
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

describe('LocalQueues', () => {
  it('lets a webhook that does not answer hold one request only, after a few', () => {
    const stage = new Stage(64);
    expect(stage.fill('dead')).toBe(8);
    for (let n = 0; n < 40; n += 1) {
      stage.end(['dead'], DEAD);
      stage.fill('dead');
    }
    expect(stage.outOf('dead')).toBe(1);
  });

  it('lets one that answers quickly have more and more, up to the instance’s limit', () => {
    const stage = new Stage(64);
    stage.fill('quick');
    for (let n = 0; n < 200; n += 1) {
      stage.end(['quick']);
      stage.fill('quick');
    }
    expect(stage.outOf('quick')).toBe(64);
    expect(stage.queues.running).toBe(64);
  });

  it('lets a limit grow only where it is what holds a webhook back', () => {
    const stage = new Stage(64);
    for (let n = 0; n < 500; n += 1) {
      stage.offer('calm', 1);
      stage.send();
      stage.end(['calm']);
    }
    stage.offer('calm');
    expect(stage.send()).toEqual({ calm: 8 });
  });

  it('sends in turns: a long line of one webhook does not go before another’s first', () => {
    const stage = new Stage(4);
    stage.fill('busy');
    expect(stage.queues.running).toBe(4);
    stage.queues.forceAcquire(ownerOf('late'));
    stage.queues.enqueue(claim('late'));
    stage.end(['busy', 'busy', 'busy']);
    expect(stage.send()).toEqual({ busy: 1, late: 1 });
  });

  it('gives the next place to who has waited longest, not to who stands first in a list', () => {
    const stage = new Stage(1);
    for (const path of ['a', 'b', 'c']) {
      stage.queues.forceAcquire(ownerOf(path));
      stage.queues.forceAcquire(ownerOf(path));
      stage.queues.enqueue(claim(path));
      stage.queues.enqueue(claim(path));
    }
    const order = Array.from({ length: 6 }, () => {
      const [path = ''] = Object.keys(stage.send());
      stage.end([path]);
      return path;
    });
    expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('sends what a person asked for though the limit is reached', () => {
    const stage = new Stage(2);
    stage.fill('busy');
    stage.queues.forceAcquire(ownerOf('busy'));
    stage.queues.enqueue(claim('busy', 'asked'));
    expect(stage.queues.dequeue().map((turn) => turn.claim.redeliveryId)).toEqual(['asked']);
  });

  it('has room for many until half of what it may hold is held', () => {
    const { queues } = new Stage(4);
    const most = queues.capacity;
    for (let n = 0; n < most / 2; n += 1) {
      expect(queues.isHalfFree).toBe(true);
      queues.forceAcquire(ownerOf('busy'));
    }
    expect(queues.isHalfFree).toBe(true);
    queues.forceAcquire(ownerOf('busy'));
    expect(queues.isHalfFree).toBe(false);
  });

  it('takes no more than it may hold of what is not written, though everything was answered', () => {
    let unwritten = 0;
    const stage = new Stage(4, () => unwritten);
    const most = stage.queues.capacity;
    let sent = stage.fill('quick');
    while (unwritten < sent && sent <= most) {
      stage.end(['quick']);
      unwritten += 1;
      sent += stage.fill('quick');
    }
    expect(sent).toBe(most);
    expect(stage.queues.capacity).toBe(0);
    unwritten -= 3;
    expect(stage.queues.capacity).toBe(3);
    stage.fill('quick');
    expect(stage.queues.running).toBe(3);
  });

  it('gives every slot back', () => {
    const stage = new Stage(4);
    const most = stage.queues.capacity;
    const sent = stage.fill('a');
    stage.pass(STALLED_AFTER_MS);
    for (let n = 0; n < sent; n += 1) stage.end(['a']);
    stage.queues.drain();
    expect(stage.queues.capacity).toBe(most);
    expect([stage.queues.held, stage.queues.running, stage.queues.stalled]).toEqual([0, 0, 0]);
    expect(stage.queues.queued()).toEqual([]);
  });
});

describe('LocalQueues with requests that stall', () => {
  const NINE = Array.from({ length: 9 }, (_, n) => `well${n}`);

  /** Ten webhooks get `perStep` claims each every 50 ms; nine answer within it, the tenth answers nothing. */
  function run(stage: Stage, steps: number, perStep: number): { longestWaitMs: number; mostOfTenth: number } {
    const waiting = new Map<string, number>();
    let longestWaitMs = 0;
    let mostOfTenth = 0;
    for (let step = 0; step < steps; step += 1) {
      for (const path of ['hanging', ...NINE]) {
        if (stage.offer(path, perStep) > 0 && !waiting.has(path)) waiting.set(path, stage.now);
      }
      for (
        let begun = stage.send();
        Object.keys(begun).some((path) => path !== 'hanging');
        begun = stage.send()
      ) {
        for (const [path, count] of Object.entries(begun)) {
          longestWaitMs = Math.max(longestWaitMs, stage.now - (waiting.get(path) ?? stage.now));
          waiting.delete(path);
          if (path !== 'hanging') stage.end(Array.from({ length: count }, () => path));
        }
      }
      const unserved = [...waiting]
        .filter(([path]) => path !== 'hanging')
        .map(([, since]) => stage.now - since);
      longestWaitMs = Math.max(longestWaitMs, ...unserved);
      mostOfTenth = Math.max(mostOfTenth, stage.queues.running);
      stage.pass(50);
    }
    return { longestWaitMs, mostOfTenth };
  }

  it.each([
    ['20 changes a second', 1],
    ['200 changes a second', 10],
    ['a backlog', 200],
  ])('keeps nobody waiting when one of ten hangs, at %s', (_, perStep) => {
    const stage = new Stage(128);
    // It was well before, under as much as there is: its limit has grown.
    for (let n = 0; n < 300; n += 1) {
      stage.offer('hanging', 200);
      for (const [path, count] of Object.entries(stage.send())) {
        stage.end(Array.from({ length: Math.ceil(count / 2) }, () => path));
      }
    }
    while (stage.outOf('hanging') > 0) stage.end(['hanging']);
    stage.queues.drain();
    const { longestWaitMs, mostOfTenth } = run(stage, 100, perStep);
    expect(longestWaitMs).toBeLessThanOrEqual(100);
    expect(mostOfTenth).toBeLessThanOrEqual(64);
    expect(stage.queues.queued().filter(({ webhook }) => webhook.id === 'hanging')).toHaveLength(0);
  });

  it('keeps the other half moving when half of a hundred hang at once', () => {
    const stage = new Stage(128);
    const all = Array.from({ length: 100 }, (_, n) => `${n % 2 ? 'hanging' : 'well'}${n}`);
    for (let step = 0; step < 200; step += 1) {
      for (const path of all) stage.offer(path, 1);
      let served = 0;
      for (let begun = stage.send(); Object.keys(begun).some((path) => path.startsWith('well'));) {
        const well = Object.keys(begun).filter((path) => path.startsWith('well'));
        served += well.length;
        stage.end(well);
        begun = stage.send();
      }
      expect(served).toBe(50);
      stage.pass(50);
    }
    expect(stage.queues.stalled).toBeLessThanOrEqual(512);
  });

  it('frees the place of a request that stalls, counts it against its webhook and shrinks that one’s limit', () => {
    const stage = new Stage(8);
    expect(stage.fill('hanging')).toBe(8);
    const before = stage.queues.queued().length;
    expect(before).toBeGreaterThan(0);
    expect(stage.pass(STALLED_AFTER_MS)).toBe(before);
    expect([stage.queues.running, stage.queues.stalled]).toEqual([0, 8]);
    expect(stage.fill('hanging')).toBe(0);
    stage.offer('well', 1);
    expect(stage.send()).toEqual({ well: 1 });
    for (let n = 0; n < 8; n += 1) stage.end(['hanging'], DEAD);
    expect(stage.fill('hanging')).toBe(1);
  });

  it('lets one that answers slowly, and answers, keep what it may have', () => {
    const stage = new Stage(64);
    for (let n = 0; n < 40; n += 1) {
      stage.fill('slow');
      stage.pass(100);
      // Each takes eight steps: some answer comes at every one.
      if (n >= 8) stage.end(['slow'], { answered: true, durationMs: 1_500 });
    }
    expect(stage.outOf('slow')).toBeGreaterThanOrEqual(8);
  });

  it('does not wait a second while others want the places', () => {
    const stage = new Stage(8);
    expect(stage.fill('hanging')).toBe(8);
    stage.offer('well', 1);
    expect(stage.send()).toEqual({});
    stage.pass(PRESSED_AFTER_MS);
    expect(stage.send().well).toBe(1);
  });

  it('keeps another tenant’s latency as it is beside 160 webhooks at one host that hangs', () => {
    const stage = new Stage(128);
    const many = Array.from({ length: 160 }, (_, n) => `big/dead/${n}`);
    // The tenant with the dead host reaches its other host too.
    const well = ['small/well/0', 'big/well/0'];
    for (let step = 0; step < 700; step += 1) {
      for (const path of well) stage.offer(path, 1);
      expect([step, stage.send()]).toMatchObject([step, { 'small/well/0': 1, 'big/well/0': 1 }]);
      stage.end(well);
      for (const path of many) stage.offer(path, 2);
      stage.send();
      stage.pass(50);
    }
    expect(stage.queues.running + stage.queues.stalled).toBeLessThanOrEqual(128 + 512);
  });

  it('gives tenants the same, however many hosts and webhooks one has', () => {
    const stage = new Stage(16);
    const many = Array.from({ length: 30 }, (_, n) => `big/host${n}/${n}`);
    for (const path of [...many, 'small/host/0']) {
      for (let n = 0; n < 20; n += 1) {
        stage.queues.forceAcquire(ownerOf(path));
        stage.queues.enqueue(claim(path));
      }
    }
    const begun = stage.send();
    const ofSmall = begun['small/host/0'] ?? 0;
    expect(ofSmall).toBe(8);
    expect(Object.values(begun).reduce((sum, count) => sum + count, 0)).toBe(16);
  });
});
