import fc from 'fast-check';
import { isHttps, findUrlProblem } from './url-problem.js';

describe('findUrlProblem', () => {
  it.each([
    'http://example.com',
    'https://example.com/hook?a=b#c',
    'https://EXAMPLE.com',
    'HTTPS://example.com',
    'http://localhost:1',
    'http://127.0.0.1:8080/x',
    'http://[::1]:3000/',
    'https://[2001:db8::1]/hook',
    'https://bücher.example/',
    'https://example.com/a@b',
  ])('accepts %s', (url) => {
    expect(findUrlProblem(url)).toBeNull();
  });

  it('accepts letters of Latin-1 however often it was asked', () => {
    const refused = Array.from({ length: 20_000 }, (_, n) => `https://bücher.example/${n}`).filter(
      (url) => findUrlProblem(url) !== null,
    );
    expect(refused).toEqual([]);
  });

  it.each([
    'example.com',
    '/hook',
    'ftp://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http:example.com',
    'http:///example.com',
    'http:\\\\example.com',
    'http://',
    'http://exa mple.com',
    ' http://example.com',
    'http://example.com\n',
    'http://exam\tple.com',
    'http://example.com:99999',
    'http://[::1',
  ])('refuses %j', (url) => {
    expect(findUrlProblem(url)).toBe('url must be a valid URL');
  });

  it.each(['https://user:pass@example.com', 'https://user@example.com', 'https://:pass@example.com'])(
    'refuses the credentials in %s',
    (url) => {
      expect(findUrlProblem(url)).toMatch(/must not carry a user name or password/);
    },
  );

  it('tells https from http', () => {
    expect(isHttps('HTTPS://example.com')).toBe(true);
    expect(isHttps('http://example.com')).toBe(false);
  });
});

describe('a URL, whatever it is', () => {
  it('that is accepted is http or https, has a host, carries no credentials and is sent as it was read', () => {
    const url = fc.oneof(
      fc.string(),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc
        .tuple(fc.constantFrom('http', 'HTTPS', 'ftp', 'javascript'), fc.string())
        .map(([a, b]) => `${a}://${b}`),
      fc
        .tuple(fc.webUrl(), fc.nat(8), fc.string({ maxLength: 3 }))
        .map(([a, at, b]) => a.slice(0, at) + b + a.slice(at)),
    );
    fc.assert(
      fc.property(url, (text) => {
        if (findUrlProblem(text) !== null) return;
        const { protocol, hostname, username, password } = new URL(text);
        expect(['http:', 'https:']).toContain(protocol);
        expect(hostname).not.toBe('');
        expect(username + password).toBe('');
        expect(text).not.toMatch(/\s/);
        expect(isHttps(text)).toBe(protocol === 'https:');
      }),
      { numRuns: 1_000 },
    );
  });
});
