import { validateHeaderName, validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { findHeaderProblems } from './header-problems.js';

const messagesOf = (headers: Record<string, unknown>) =>
  findHeaderProblems(headers).map(({ message }) => message);

describe('findHeaderProblems', () => {
  it.each([
    ['none', {}],
    ['usual ones', { Authorization: 'Bearer x', 'X-Trace_1': 'a b\tc' }],
    ['an empty value', { 'X-Empty': '' }],
    ['Latin-1', { 'X-Name': 'Zoë' }],
    ['one that only begins like a reserved one', { 'X-Strapi-Events': 'a', Tea: 'b', 'Content-Types': 'c' }],
    ['fifty', Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`X-${index}`, 'a']))],
  ])('accepts %s', (_, headers) => {
    expect(findHeaderProblems(headers)).toEqual([]);
  });

  it.each([
    'Content-Type',
    'user-agent',
    'X-STRAPI-EVENT',
    'webhook-id',
    'Webhook-Timestamp',
    'webhook-signature',
    'X-Posthorn-Attempt',
    'X-Hub-Signature-256',
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'keep-alive',
    'upgrade',
    'TE',
    'trailer',
    'expect',
    'Proxy-Authorization',
  ])('refuses the reserved %s', (name) => {
    expect(findHeaderProblems({ [name]: 'a' })).toEqual([
      { header: name, message: `headers.${name} is set by this server and cannot be replaced` },
    ]);
  });

  it.each(['', 'X Key', 'X:Key', 'X-Clé', 'X\r\nY', 'X\u0000'])('refuses the name %j', (name) => {
    expect(messagesOf({ [name]: 'a' })).toEqual([`headers.${name} is no valid header name`]);
  });

  it.each(['a\r\nX-Other: b', 'a\nb', 'a\rb', 'a\u0000b', 'a\u007fb', '€'])(
    'refuses the value %j',
    (value) => {
      expect(messagesOf({ 'X-Key': value })).toEqual([
        expect.stringMatching(/^headers\.X-Key has characters that a header cannot carry/),
      ]);
    },
  );

  it('casts nothing', () => {
    expect(messagesOf({ 'X-Key': 1 })).toEqual([
      'headers.X-Key must be a `string` type, but the final value was: `1`.',
    ]);
  });

  it('refuses names that differ in case alone', () => {
    expect(messagesOf({ 'X-Key': 'a', 'x-key': 'b' })).toEqual(['headers.x-key is given twice']);
  });

  it('refuses more than fifty, and more than 8 KiB together', () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`X-${index}`, 'a']));
    expect(findHeaderProblems(many)).toEqual([
      { header: null, message: 'headers may hold at most 50 headers' },
    ]);
    expect(findHeaderProblems({ X: 'a'.repeat(8191) })).toEqual([]);
    expect(findHeaderProblems({ X: 'a'.repeat(8192) })).toEqual([
      { header: null, message: 'headers may hold at most 8192 bytes together' },
    ]);
  });
});

describe('headers, whatever they are', () => {
  const name = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('X-Key', 'x-key', 'Webhook-New', '__proto__', 'constructor', 'toString', 'Content-Type'),
  );
  const value = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.jsonValue(), fc.constant('a\r\n b'));

  it('that are accepted can be sent, replace none of ours and come each once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 60 }), (entries) => {
        const headers = Object.fromEntries(entries) as Record<string, string>;
        const problems = findHeaderProblems(headers);
        for (const { message } of problems) expect(message.length).toBeLessThan(1_000);
        if (problems.length > 0) return;
        const names = Object.keys(headers).map((one) => one.toLowerCase());
        expect(new Set(names).size).toBe(names.length);
        for (const [one, text] of Object.entries(headers)) {
          validateHeaderName(one);
          validateHeaderValue(one, text);
          expect(one).not.toMatch(/^(webhook-|x-posthorn-|proxy-|content-type$|host$)|__proto__/i);
          expect(text).not.toMatch(/[\r\n\0]/);
        }
        expect({ ...headers }).toEqual(Object.assign({}, headers));
      }),
      { numRuns: 500 },
    );
  });

  it.each(['__proto__', '__PROTO__'])('refuse the name %s, which an object cannot keep', (one) => {
    const headers = JSON.parse(`{"${one}": "a"}`) as Record<string, unknown>;
    expect(findHeaderProblems(headers)).toEqual([
      { header: one, message: `headers.${one} is no valid header name` },
    ]);
  });

  it.each(['webhook-anything', 'X-Posthorn-Trace', 'X-Hub-Signature-256'])(
    'refuse the reserved %s',
    (one) => {
      expect(findHeaderProblems({ [one]: 'a' })).toHaveLength(1);
    },
  );
});
