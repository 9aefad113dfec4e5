import { Logger } from '@nestjs/common';
import type { Claim } from '../model/claim.js';
import type { Outcome } from '../model/outcome.js';
import type { OutcomeRecorder } from '../outcomes/outcome-recorder.js';
import { OutcomeBuffer } from './outcome-buffer.js';

const outcome = (deliveryId: string, ordering: 'none' | 'entry' = 'none') =>
  ({
    claim: { deliveryId, number: 1, webhook: { ordering } } as Claim,
    attempt: {},
    result: null,
  }) as Outcome;

const many = (count: number) => Array.from({ length: count }, (_, n) => outcome(`d${n}`));

/** A recorder that notes its batches and fails for some. */
function recorder(fails: (batch: Outcome[]) => boolean = () => false) {
  const batches: number[] = [];
  const written = new Set<string>();
  const record = async (batch: Outcome[]): Promise<void> => {
    await Promise.resolve();
    if (fails(batch)) throw new Error('This one cannot be written.');
    batches.push(batch.length);
    for (const { claim } of batch) written.add(claim.deliveryId);
  };
  return { batches, written, recorder: { record } as unknown as OutcomeRecorder };
}

describe('OutcomeWriter', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(true));

  it('writes everything, in batches that a packet and a transaction can hold', async () => {
    const { batches, written, recorder: to } = recorder();
    const writer = new OutcomeBuffer(to);
    const told: number[] = [];
    writer.onWritten((outcomes) => {
      expect(outcomes.every(({ claim }) => written.has(claim.deliveryId))).toBe(true);
      told.push(outcomes.length);
    });
    for (const one of many(600)) writer.add(one);
    await writer.settle();
    expect(written.size).toBe(600);
    expect(told).toEqual([256, 256, 88]);
    expect(batches).toEqual([256, 256, 88]);
    expect(writer.pending).toEqual([]);
  });

  it('goes on at once when a batch is full, or the next of a line waits for one', async () => {
    const { batches, recorder: to } = recorder();
    const writer = new OutcomeBuffer(to);
    for (const one of many(256)) writer.add(one);
    while (batches.length === 0) await new Promise((resolve) => setImmediate(resolve));
    writer.add(outcome('later'));
    writer.add(outcome('in line', 'entry'));
    await writer.settle();
    expect(batches).toEqual([256, 2]);
  });

  it('keeps the neighbours of an outcome that cannot be written', async () => {
    const { written, recorder: to } = recorder((batch) =>
      batch.some(({ claim }) => claim.deliveryId === 'd7'),
    );
    const writer = new OutcomeBuffer(to);
    let told = 0;
    writer.onWritten((outcomes) => (told += outcomes.length));
    for (const one of many(20)) writer.add(one);
    await writer.settle();
    expect(written.size).toBe(19);
    expect(told).toBe(20);
    expect(writer.pending).toEqual([]);
  });
});
