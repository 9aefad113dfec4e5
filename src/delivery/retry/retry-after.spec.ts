import fc from 'fast-check';
import { parseRetryAfter } from './retry-after.js';

const NOW = Date.parse('1994-11-06T08:49:37Z');

describe('parseRetryAfter', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 06 Nov 1994 08:50:37 GMT', 60_000],
    ['Sunday, 06-Nov-94 08:49:47 GMT', 10_000],
    ['Sun Nov  6 08:49:38 1994', 1_000],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
    [undefined, null],
    ['', null],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['2030-01-01', null],
    ['Sun, 99 Nov 1994 08:49:37 GMT', null],
  ])('reads %j as %j', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });

  it('never throws and is never negative, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w, :-]{0,40}$/)), (header) => {
        const read = parseRetryAfter(header, NOW);
        expect(read === null || read >= 0).toBe(true);
      }),
    );
  });
});

describe('a Retry-After, whatever it is', () => {
  it('is as many seconds as it says, and the moment that it names', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 4_000_000_000 }), (seconds, at) => {
        expect(parseRetryAfter(String(seconds), 0)).toBe(seconds * 1_000);
        expect(parseRetryAfter(new Date(at * 1_000).toUTCString(), 0)).toBe(at * 1_000);
      }),
    );
  });
});
