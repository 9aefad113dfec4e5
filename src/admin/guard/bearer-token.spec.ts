import fc from 'fast-check';
import { parseBearerToken } from './bearer-token.js';

describe('parseBearerToken', () => {
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
    expect(parseBearerToken(header)).toBe(expected);
  });

  it('gives every token back, however its scheme and its spaces are written', () => {
    const token = fc
      .string({ minLength: 1, unit: 'binary-ascii' })
      .filter((text) => /^\S(.*\S)?$/.test(text));
    const scheme = fc.mixedCase(fc.constant('bearer'));
    const spaces = fc.stringMatching(/^ {1,5}$/);
    fc.assert(
      fc.property(token, scheme, spaces, spaces, (given, word, before, behind) => {
        expect(parseBearerToken(`${word}${before}${given}${behind}`)).toBe(given);
      }),
    );
  });

  it('is a token without space around it or null, whatever is sent', () => {
    const beginning = fc.constantFrom('', 'Bearer', 'Bearer ', 'bearer  ', 'Basic ', 'Bearer,');
    fc.assert(
      fc.property(beginning, fc.string({ unit: 'binary' }), (start, rest) => {
        const token = parseBearerToken(start + rest);
        if (token === null) return;
        expect(token).toBe(token.trim());
        expect(token).not.toBe('');
        expect(/^bearer /i.test(start + rest)).toBe(true);
      }),
    );
  });
});
