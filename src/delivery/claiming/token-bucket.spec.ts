import { refill } from './token-bucket.js';

describe('refill', () => {
  it.each([
    ['full when it was never used', null, 10, 5_000, 10],
    ['what was left and what time brought', { tokens: 2, at: 1_000 }, 10, 1_500, 7],
    ['never more than a second’s worth', { tokens: 9, at: 0 }, 10, 60_000, 10],
    ['one at a rate below one a second', null, 0.5, 5_000, 1],
    ['half of one after a second at such a rate', { tokens: 0, at: 1_000 }, 0.5, 2_000, 0.5],
    ['one and no more after a minute at such a rate', { tokens: 0, at: 0 }, 0.5, 60_000, 1],
    ['no less though the clock steps back', { tokens: 3, at: 2_000 }, 10, 1_000, 3],
  ])('holds %s', (_, before, perSecond, now, tokens) => {
    expect(refill(before, perSecond, now).tokens).toBe(tokens);
  });
});
