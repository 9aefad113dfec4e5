import { SchedulerRegistry } from '@nestjs/schedule';
import type { DeliveryOptions } from '../options/delivery-options.js';
import type { DeliveryWorker } from './delivery-worker.js';
import { Retrier } from './worker-timers.js';

describe('The retrier', () => {
  const pollsIn = (ticks: number, idlePolls: number): number => {
    let polls = 0;
    const worker = { idlePolls, notify: () => (polls += 1) } as unknown as DeliveryWorker;
    const retrier = new Retrier(new SchedulerRegistry(), worker, {} as DeliveryOptions);
    for (let tick = 0; tick < ticks; tick += 1) retrier.poll();
    return polls;
  };

  it('polls at every tick, and at every second one after ten seconds without work', () => {
    expect(pollsIn(8, 0)).toBe(8);
    expect(pollsIn(8, 39)).toBe(8);
    expect(pollsIn(8, 40)).toBe(4);
  });
});
