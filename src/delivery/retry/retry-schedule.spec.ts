import fc from 'fast-check';
import { DEFAULT_RETRY_SCHEDULE, MAX_RETRY_AFTER_MS, planNextAttempt } from './retry-schedule.js';

const AT = 1_000_000;

describe('planNextAttempt', () => {
  it.each([
    ['the first retry comes after the first delay', [5, 300], 0.1, 0, null, 0, AT + 5_000],
    ['jitter makes it later', [5, 300], 0.1, 0, null, 0.5, AT + 5_250],
    ['the second comes after the second delay', [5, 300], 0, 1, null, 0.9, AT + 305_000 - 5_000],
    ['a longer Retry-After wins', [5, 300], 0.1, 0, 60_000, 0.9, AT + 60_000],
    ['a shorter Retry-After does not', [300], 0, 0, 60_000, 0, AT + 300_000],
    ['a delay of nothing is due at once', [0], 0.1, 0, null, 0.9, AT],
    ['parts of a second count', [0.5], 0, 0, null, 0, AT + 500],
  ])('%s', (_, schedule, jitter, used, retryAfter, random, dueAt) => {
    expect(planNextAttempt({ schedule, jitter }, used, AT, retryAfter, random)).toEqual({
      kind: 'retry',
      dueAt,
    });
  });

  it('ends exhausted when the schedule is used up', () => {
    const policy = { schedule: [5], jitter: 0 };
    expect(planNextAttempt(policy, 1, AT, null, 0)).toEqual({ kind: 'exhausted' });
    expect(planNextAttempt({ schedule: [], jitter: 0 }, 0, AT, null, 0)).toEqual({ kind: 'exhausted' });
  });

  it('ends expired when the receiver asks to wait more than seven days', () => {
    const policy = { schedule: [5], jitter: 0 };
    expect(planNextAttempt(policy, 0, AT, MAX_RETRY_AFTER_MS + 1, 0)).toEqual({ kind: 'expired' });
    expect(planNextAttempt(policy, 0, AT, MAX_RETRY_AFTER_MS, 0)).toEqual({
      kind: 'retry',
      dueAt: AT + MAX_RETRY_AFTER_MS,
    });
  });

  it('makes ten attempts over about three days unless told', () => {
    expect(DEFAULT_RETRY_SCHEDULE).toHaveLength(9);
    expect(DEFAULT_RETRY_SCHEDULE.reduce((sum, seconds) => sum + seconds, 0) / 3600).toBeCloseTo(75.6, 1);
  });

  it('never fires before its delay nor before the time that was asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 604_800, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: MAX_RETRY_AFTER_MS })),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (schedule, jitter, retryAfter, random) => {
          const next = planNextAttempt({ schedule, jitter }, 0, AT, retryAfter, random);
          if (next.kind !== 'retry') throw new Error('A schedule that is not used up was not followed.');
          expect(next.dueAt).toBeGreaterThanOrEqual(AT + (schedule[0] ?? 0) * 1000);
          expect(next.dueAt).toBeGreaterThanOrEqual(AT + (retryAfter ?? 0));
        },
      ),
    );
  });
});
