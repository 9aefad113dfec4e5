import { bearerToken } from './bearer-token.js';

describe('bearerToken', () => {
  it.each([
    ['Bearer pht_abc', 'pht_abc'],
    ['bearer pht_abc', 'pht_abc'],
    ['Bearer   pht_abc  ', 'pht_abc'],
    ['Bearer', null],
    ['Bearer ', null],
    ['Basic YTpi', null],
    ['pht_abc', null],
    ['Bearerpht_abc', null],
    ['', null],
  ])('reads %j', (header, expected) => {
    expect(bearerToken(header)).toBe(expected);
  });
});
