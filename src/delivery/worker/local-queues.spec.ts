import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { Claim } from '../model/claim.js';
import { LocalQueues } from './local-queues.js';

const claim = (webhookId: string, redeliveryId: string | null = null) =>
  ({ webhook: { id: webhookId } as DeliverableWebhook, redeliveryId }) as Claim;

const NOTHING_UNWRITTEN = () => 0;
const QUICK = { answered: true, durationMs: 5 };
const DEAD = { answered: false, durationMs: 10_000 };

/** Takes and enqueues as many as the lane lets, and sends what may go out. */
function fill(lanes: LocalQueues, webhookId: string): number {
  while (lanes.take(webhookId)) lanes.enqueue(claim(webhookId));
  return lanes.next().filter(({ webhook }) => webhook.id === webhookId).length;
}

describe('Lanes', () => {
  it('lets a webhook that does not answer hold one request only, after a few', () => {
    const lanes = new LocalQueues(64, NOTHING_UNWRITTEN);
    let out = fill(lanes, 'dead');
    expect(out).toBe(8);
    for (let n = 0; n < 40; n += 1) {
      lanes.done('dead', DEAD);
      out += fill(lanes, 'dead') - 1;
    }
    expect(out).toBe(1);
  });

  it('lets one that answers quickly have more and more, up to the instance’s limit', () => {
    const lanes = new LocalQueues(64, NOTHING_UNWRITTEN);
    let out = fill(lanes, 'quick');
    for (let n = 0; n < 200; n += 1) {
      lanes.done('quick', QUICK);
      out += fill(lanes, 'quick') - 1;
    }
    expect(out).toBe(64);
    expect(lanes.out).toBe(64);
  });

  it('sends in turns: a long line of one webhook does not go before another’s first', () => {
    const lanes = new LocalQueues(4, NOTHING_UNWRITTEN);
    fill(lanes, 'busy');
    expect(lanes.out).toBe(4);
    lanes.takeAnyway('late');
    lanes.enqueue(claim('late'));
    lanes.done('busy', QUICK);
    lanes.done('busy', QUICK);
    expect(lanes.next().map(({ webhook }) => webhook.id)).toEqual(['busy', 'late']);
  });

  it('sends what a person asked for though the limit is reached', () => {
    const lanes = new LocalQueues(2, NOTHING_UNWRITTEN);
    fill(lanes, 'busy');
    lanes.takeAnyway('busy');
    lanes.enqueue(claim('busy', 'asked'));
    expect(lanes.next().map(({ redeliveryId }) => redeliveryId)).toEqual(['asked']);
  });

  it('has room for many until half of what it may hold is held', () => {
    const lanes = new LocalQueues(4, NOTHING_UNWRITTEN);
    const most = lanes.room;
    for (let n = 0; n < most / 2; n += 1) {
      expect(lanes.hasRoomForMany).toBe(true);
      lanes.takeAnyway('busy');
    }
    expect(lanes.hasRoomForMany).toBe(true);
    lanes.takeAnyway('busy');
    expect(lanes.hasRoomForMany).toBe(false);
  });

  it('takes no more than it may hold of what is not written, though everything was answered', () => {
    let unwritten = 0;
    const lanes = new LocalQueues(4, () => unwritten);
    const most = lanes.room;
    let sent = fill(lanes, 'quick');
    while (unwritten < sent && sent <= most) {
      lanes.done('quick', QUICK);
      unwritten += 1;
      sent += fill(lanes, 'quick');
    }
    expect(sent).toBe(most);
    expect(lanes.room).toBe(0);
    unwritten -= 3;
    expect(lanes.room).toBe(3);
    fill(lanes, 'quick');
    expect(lanes.out).toBe(3);
  });

  it('gives every slot back', () => {
    const lanes = new LocalQueues(4, NOTHING_UNWRITTEN);
    const most = lanes.room;
    const sent = fill(lanes, 'a');
    for (let n = 0; n < sent; n += 1) lanes.done('a', QUICK);
    lanes.drainWaiting();
    expect(lanes.room).toBe(most);
    expect(lanes.held).toBe(0);
    expect(lanes.out).toBe(0);
    expect(lanes.waiting()).toEqual([]);
  });
});
