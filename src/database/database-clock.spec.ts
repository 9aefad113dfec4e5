import { clampOffset } from './database-clock.js';

describe('clampOffset', () => {
  const TRUE_OFFSET = 1_000_000;

  it.each<[string, number, { askedAt: number; answeredAt: number; saidAt: number }, number]>([
    ['a quick answer says nearly all', 0, { askedAt: 500, answeredAt: 501, saidAt: 500.4 }, 999_999],
    [
      'what was known and may be is kept',
      TRUE_OFFSET,
      { askedAt: 500, answeredAt: 501, saidAt: 500.4 },
      TRUE_OFFSET,
    ],
    [
      'stopped after it was said',
      TRUE_OFFSET,
      { askedAt: 500, answeredAt: 60_500, saidAt: 501 },
      TRUE_OFFSET,
    ],
    [
      'stopped before it was said',
      TRUE_OFFSET,
      { askedAt: 500, answeredAt: 60_500, saidAt: 60_499 },
      TRUE_OFFSET,
    ],
    ['one that runs behind', TRUE_OFFSET - 40, { askedAt: 500, answeredAt: 502, saidAt: 501 }, 999_999],
    ['one that runs ahead', TRUE_OFFSET + 40, { askedAt: 500, answeredAt: 502, saidAt: 501 }, 1_000_002],
    [
      'set back by an hour',
      TRUE_OFFSET + 3_600_000,
      { askedAt: 500, answeredAt: 501, saidAt: 500 },
      1_000_001,
    ],
  ])('%s', (_, known, { askedAt, answeredAt, saidAt }, expected) => {
    const said = Math.floor(saidAt + TRUE_OFFSET);
    expect(clampOffset(known, { askedAt, answeredAt, said })).toBe(expected);
  });

  it('is never farther from the truth than the round trip is long, and never farther than before', () => {
    for (const known of [-9_000, -3, 0, 0.5, 7, 9_000]) {
      for (const trip of [0, 1, 20, 4_000]) {
        for (const share of [0, 0.3, 1]) {
          const said = Math.floor(TRUE_OFFSET + 100 + trip * share);
          const found = clampOffset(TRUE_OFFSET + known, { askedAt: 100, answeredAt: 100 + trip, said });
          const error = Math.abs(found - TRUE_OFFSET);
          expect(error).toBeLessThanOrEqual(Math.min(Math.abs(known), trip + 1));
        }
      }
    }
  });
});
