import { claimOf, DEAD, ownerOf, QueueStage } from '../../../test/support/queue-stage.js';
import { STALLED_AFTER_MS } from './requests-out.js';

describe('LocalQueues', () => {
  it('lets a webhook that does not answer hold one request only, after a few', () => {
    const stage = new QueueStage(64);
    expect(stage.fill('dead')).toBe(8);
    for (let n = 0; n < 40; n += 1) {
      stage.end(['dead'], DEAD);
      stage.fill('dead');
    }
    expect(stage.outOf('dead')).toBe(1);
  });

  it('lets one that answers quickly have more and more, up to the instance’s limit', () => {
    const stage = new QueueStage(64);
    stage.fill('quick');
    for (let n = 0; n < 200; n += 1) {
      stage.end(['quick']);
      stage.fill('quick');
    }
    expect(stage.outOf('quick')).toBe(64);
    expect(stage.queues.running).toBe(64);
  });

  it('lets a limit grow only where it is what holds a webhook back', () => {
    const stage = new QueueStage(64);
    for (let n = 0; n < 500; n += 1) {
      stage.offer('calm', 1);
      stage.send();
      stage.end(['calm']);
    }
    stage.offer('calm');
    expect(stage.send()).toEqual({ calm: 8 });
  });

  it('sends in turns: a long line of one webhook does not go before another’s first', () => {
    const stage = new QueueStage(4);
    stage.fill('busy');
    expect(stage.queues.running).toBe(4);
    stage.queues.forceAcquire(ownerOf('late'));
    stage.queues.enqueue(claimOf('late'));
    stage.end(['busy', 'busy', 'busy']);
    expect(stage.send()).toEqual({ busy: 1, late: 1 });
  });

  it('gives the next place to who has waited longest, not to who stands first in a list', () => {
    const stage = new QueueStage(1);
    for (const path of ['a', 'b', 'c']) {
      stage.queues.forceAcquire(ownerOf(path));
      stage.queues.forceAcquire(ownerOf(path));
      stage.queues.enqueue(claimOf(path));
      stage.queues.enqueue(claimOf(path));
    }
    const order = Array.from({ length: 6 }, () => {
      const [path = ''] = Object.keys(stage.send());
      stage.end([path]);
      return path;
    });
    expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('sends what a person asked for though the limit is reached', () => {
    const stage = new QueueStage(2);
    stage.fill('busy');
    stage.queues.forceAcquire(ownerOf('busy'));
    stage.queues.enqueue(claimOf('busy', 'asked'));
    expect(stage.queues.dequeue().map((turn) => turn.claim.redeliveryId)).toEqual(['asked']);
  });

  it('has room for many until half of what it may hold is held', () => {
    const { queues } = new QueueStage(4);
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
    const stage = new QueueStage(4, () => unwritten);
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
    const stage = new QueueStage(4);
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
