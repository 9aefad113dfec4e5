import { claimOf, DEAD, ownerOf, QueueStage } from '../../../test/support/queue-stage.js';
import { PRESSED_AFTER_MS, STALLED_AFTER_MS } from './requests-out.js';

describe('LocalQueues with requests that stall', () => {
  const NINE = Array.from({ length: 9 }, (_, n) => `well${n}`);

  /** Ten webhooks get `perStep` claims each every 50 ms; nine answer within it, the tenth answers nothing. */
  function run(
    stage: QueueStage,
    steps: number,
    perStep: number,
  ): { longestWaitMs: number; mostOfTenth: number } {
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
    const stage = new QueueStage(128);
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
    const stage = new QueueStage(128);
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
    const stage = new QueueStage(8);
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
    const stage = new QueueStage(64);
    for (let n = 0; n < 40; n += 1) {
      stage.fill('slow');
      stage.pass(100);
      // Each takes eight steps: some answer comes at every one.
      if (n >= 8) stage.end(['slow'], { answered: true, durationMs: 1_500 });
    }
    expect(stage.outOf('slow')).toBeGreaterThanOrEqual(8);
  });

  it('does not wait a second while others want the places', () => {
    const stage = new QueueStage(8);
    expect(stage.fill('hanging')).toBe(8);
    stage.offer('well', 1);
    expect(stage.send()).toEqual({});
    stage.pass(PRESSED_AFTER_MS);
    expect(stage.send().well).toBe(1);
  });

  it('keeps another tenant’s latency as it is beside 160 webhooks at one host that hangs', () => {
    const stage = new QueueStage(128);
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
    const stage = new QueueStage(16);
    const many = Array.from({ length: 30 }, (_, n) => `big/host${n}/${n}`);
    for (const path of [...many, 'small/host/0']) {
      for (let n = 0; n < 20; n += 1) {
        stage.queues.forceAcquire(ownerOf(path));
        stage.queues.enqueue(claimOf(path));
      }
    }
    const begun = stage.send();
    const ofSmall = begun['small/host/0'] ?? 0;
    expect(ofSmall).toBe(8);
    expect(Object.values(begun).reduce((sum, count) => sum + count, 0)).toBe(16);
  });
});
