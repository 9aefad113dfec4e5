import { parseTrustedProxies, findTrustedProxiesProblem } from './trusted-proxies.js';

describe('trusted proxies', () => {
  it.each<[string, ReturnType<typeof parseTrustedProxies>]>([
    ['', false],
    ['false', false],
    ['0', false],
    ['1', 1],
    ['2', 2],
    ['loopback', ['loopback']],
    ['10.0.0.0/8, 192.168.1.1', ['10.0.0.0/8', '192.168.1.1']],
    ['fd00::/8,::1', ['fd00::/8', '::1']],
  ])('of %j are %j', (text, expected) => {
    expect(findTrustedProxiesProblem(text)).toBeNull();
    expect(parseTrustedProxies(text)).toEqual(expected);
  });

  it.each([
    ['true', 'X-Forwarded-For'],
    ['everyone', '"everyone"'],
    ['-1', '"-1"'],
    ['10.0.0.0/33', '"10.0.0.0/33"'],
    ['10.0.0.0/8,', '""'],
    ['1, loopback', '"1"'],
    ['::/129', '"::/129"'],
  ])('cannot be %j', (text, said) => {
    expect(findTrustedProxiesProblem(text)).toContain(said);
  });
});
