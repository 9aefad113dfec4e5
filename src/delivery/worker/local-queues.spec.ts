import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { Claim } from '../model/claim.js';
import { LocalQueues } from './local-queues.js';

const claim = (webhookId: string, redeliveryId: string | null = null) =>
  ({ webhook: { id: webhookId } as DeliverableWebhook, redeliveryId }) as Claim;

const NOTHING_UNWRITTEN = () => 0;
const QUICK = { answered: true, durationMs: 5 };
const DEAD = { answered: false, durationMs: 10_000 };

/** Takes and enqueues as many as the lane lets, and sends what may go out. */
function fill(queues: LocalQueues, webhookId: string): number {
  while (queues.take(webhookId)) queues.enqueue(claim(webhookId));
  return queues.dequeue().filter(({ webhook }) => webhook.id === webhookId).length;
}

describe('Lanes', () => {
  it('lets a webhook that does not answer hold one request only, after a few', () => {
    const queues = new LocalQueues(64, NOTHING_UNWRITTEN);
    let out = fill(queues, 'dead');
    expect(out).toBe(8);
    for (let n = 0; n < 40; n += 1) {
      queues.complete('dead', DEAD);
      out += fill(queues, 'dead') - 1;
    }
    expect(out).toBe(1);
  });

  it('lets one that answers quickly have more and more, up to the instance’s limit', () => {
    const queues = new LocalQueues(64, NOTHING_UNWRITTEN);
    let out = fill(queues, 'quick');
    for (let n = 0; n < 200; n += 1) {
      queues.complete('quick', QUICK);
      out += fill(queues, 'quick') - 1;
    }
    expect(out).toBe(64);
    expect(queues.inFlight).toBe(64);
  });

  it('sends in turns: a long line of one webhook does not go before another’s first', () => {
    const queues = new LocalQueues(4, NOTHING_UNWRITTEN);
    fill(queues, 'busy');
    expect(queues.inFlight).toBe(4);
    queues.forceAcquire('late');
    queues.enqueue(claim('late'));
    queues.complete('busy', QUICK);
    queues.complete('busy', QUICK);
    expect(queues.dequeue().map(({ webhook }) => webhook.id)).toEqual(['busy', 'late']);
  });

  it('sends what a person asked for though the limit is reached', () => {
    const queues = new LocalQueues(2, NOTHING_UNWRITTEN);
    fill(queues, 'busy');
    queues.forceAcquire('busy');
    queues.enqueue(claim('busy', 'asked'));
    expect(queues.dequeue().map(({ redeliveryId }) => redeliveryId)).toEqual(['asked']);
  });

  it('has room for many until half of what it may hold is held', () => {
    const queues = new LocalQueues(4, NOTHING_UNWRITTEN);
    const most = queues.capacity;
    for (let n = 0; n < most / 2; n += 1) {
      expect(queues.isHalfFree).toBe(true);
      queues.forceAcquire('busy');
    }
    expect(queues.isHalfFree).toBe(true);
    queues.forceAcquire('busy');
    expect(queues.isHalfFree).toBe(false);
  });

  it('takes no more than it may hold of what is not written, though everything was answered', () => {
    let unwritten = 0;
    const queues = new LocalQueues(4, () => unwritten);
    const most = queues.capacity;
    let sent = fill(queues, 'quick');
    while (unwritten < sent && sent <= most) {
      queues.complete('quick', QUICK);
      unwritten += 1;
      sent += fill(queues, 'quick');
    }
    expect(sent).toBe(most);
    expect(queues.capacity).toBe(0);
    unwritten -= 3;
    expect(queues.capacity).toBe(3);
    fill(queues, 'quick');
    expect(queues.inFlight).toBe(3);
  });

  it('gives every slot back', () => {
    const queues = new LocalQueues(4, NOTHING_UNWRITTEN);
    const most = queues.capacity;
    const sent = fill(queues, 'a');
    for (let n = 0; n < sent; n += 1) queues.complete('a', QUICK);
    queues.drain();
    expect(queues.capacity).toBe(most);
    expect(queues.held).toBe(0);
    expect(queues.inFlight).toBe(0);
    expect(queues.queued()).toEqual([]);
  });
});
