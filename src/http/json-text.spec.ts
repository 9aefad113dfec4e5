import fc from 'fast-check';
import { findJsonBytesProblem, findJsonTextProblem, isExact } from './json-text.js';

describe('A JSON text', () => {
  it.each([
    ['{}'],
    ['[1,1.50,0.1,1e2,1E-7,-0,123456789012345,9007199254740991,0.30000000000000004,1.7976931348623157e308]'],
    ['{"a":[{"b":1},{"b":1}],"c":{"a":1}}'],
    ['{"constructor":1,"prototype":2,"__proto__":3}'],
    [String.raw`{"a":"\ud83d\ude00","b":"\\ud83d","c":"\"","d\"":"\\"}`],
    ['{"\u{1f600}":"9007199254740993"}'],
    ['100000000000000000000000'],
  ])('is taken: %s', (text) => {
    expect(findJsonTextProblem(text)).toBeNull();
  });

  it.each([
    ['{"a":{"b":[0,9007199254740993]}}', ['a', 'b', '1']],
    ['{"a":1e400}', ['a']],
    ['{"a":-1e400}', ['a']],
    ['{"a":1e-400}', ['a']],
    ['{"a":0.1234567890123456789}', ['a']],
    [`{"a":1${'0'.repeat(2_000)}}`, ['a']],
    ['[[],76561198016705747]', ['1']],
    ['9007199254740993', []],
    [String.raw`{"a":["\ud83d"]}`, ['a', '0']],
    [String.raw`{"a":"\ude00\ud83d"}`, ['a']],
    [String.raw`{"a":{"\uD83D":1}}`, ['a']],
    ['{"a":{"b":1,"c":2,"b":3}}', ['a', 'b']],
    [String.raw`{"a":1,"\u0061":2}`, ['a']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
  ])('is refused with its place: %s', (text, path) => {
    expect(findJsonTextProblem(text)).toMatchObject({ path });
  });

  it('has a message that is bounded, however deep the place is', () => {
    const { path = [], message = '' } = findJsonTextProblem(`${'{"key":'.repeat(900)}1e400`) ?? {};
    expect(path).toHaveLength(100);
    expect(message.length).toBeLessThan(400);
  });

  it('that is none is passed on to the parser, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\u0d8e-1. ') }), (text) => {
        findJsonTextProblem(text);
      }),
    );
  });

  it('is taken when parsing and writing it changes nothing', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonTextProblem(text)).toBeNull();
      }),
    );
  });

  it('has exact numbers when their digits are those of the double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(isExact(String(number))).toBe(true);
        expect(isExact(number.toExponential())).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (number) => {
        expect(isExact(String(number))).toBe(isWrittenAlike(number));
      }),
    );
  });

  /**
   * Whether the double is written with the same value: `2 ** 70` is exact, but is written as 1.1805916207174113e+21, and
   * 119209289550781250000000 is not, but is written as 1.1920928955078125e+23.
   */
  function isWrittenAlike(number: bigint): boolean {
    const [mantissa = '', exponent = '0'] = String(Number(number)).split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    return BigInt(whole + fraction + '0'.repeat(Number(exponent) - fraction.length)) === number;
  }

  it('must be UTF-8', () => {
    expect(findJsonBytesProblem(Buffer.from('{"a":"ü"}'))).toBeNull();
    expect(findJsonBytesProblem(Buffer.from('{"a":"\u{fffd}"}'))).toBeNull();
    const latin1 = Buffer.from('{"a":"Z\xfcrich"}', 'latin1');
    expect(findJsonBytesProblem(latin1)?.message).toBe(
      'The request body is not UTF-8: the byte at 7 begins no character',
    );
    expect(findJsonBytesProblem(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toMatchObject({ path: [] });
  });
});
