import { headerProblems } from './header-problems.js';

const messagesOf = (headers: Record<string, unknown>) =>
  headerProblems(headers).map(({ message }) => message);

describe('headerProblems', () => {
  it.each([
    ['none', {}],
    ['usual ones', { Authorization: 'Bearer x', 'X-Trace_1': 'a b\tc' }],
    ['an empty value', { 'X-Empty': '' }],
    ['Latin-1', { 'X-Name': 'Zoë' }],
    ['one that only begins like a reserved one', { 'X-Strapi-Events': 'a', Tea: 'b', 'Content-Types': 'c' }],
    ['fifty', Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`X-${index}`, 'a']))],
  ])('accepts %s', (_, headers) => {
    expect(headerProblems(headers)).toEqual([]);
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
    expect(headerProblems({ [name]: 'a' })).toEqual([
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
    expect(headerProblems(many)).toEqual([{ header: null, message: 'headers may hold at most 50 headers' }]);
    expect(headerProblems({ X: 'a'.repeat(8191) })).toEqual([]);
    expect(headerProblems({ X: 'a'.repeat(8192) })).toEqual([
      { header: null, message: 'headers may hold at most 8192 bytes together' },
    ]);
  });
});
