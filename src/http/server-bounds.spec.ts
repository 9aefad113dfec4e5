import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { boundServer, toOriginForm } from './server-bounds.js';

describe('the origin form of a target', () => {
  it.each([
    ['/admin?a=b', '/admin?a=b'],
    ['//a', '//a'],
    ['http://other.example/health/live?a=b#c', '/health/live?a=b'],
    ['https://other.example', '/'],
    ['*', '/*'],
    ['http://[', '/http%3A%2F%2F%5B'],
    ['mailto:a@b', '/mailto%3Aa%40b'],
    ['', '/'],
  ])('of %j is %s', (target, expected) => {
    expect(toOriginForm(target)).toBe(expected);
  });

  it('begins with a slash, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), (target) => {
        expect(toOriginForm(target).startsWith('/')).toBe(true);
      }),
    );
  });
});

describe('a bounded server', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => response.end(request.url));
    });
    boundServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Everything that is answered until the server closes the connection. */
  const answerTo = (message: string | Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect({ port, host: '127.0.0.1' });
      socket.setEncoding('latin1');
      socket.on('data', (text) => (answer += text));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
      socket.write(message);
    });

  const closing = 'Host: a\r\nConnection: close\r\n';

  it.each<[string, string, number, string]>([
    ['what is no HTTP', 'garbage\r\n\r\n', 400, 'BadRequestError'],
    ['a header name with a space', `GET / HTTP/1.1\r\n${closing}X A: b\r\n\r\n`, 400, 'BadRequestError'],
    [
      'a lone line break in a header',
      `GET / HTTP/1.1\r\n${closing}X: a\rY: b\r\n\r\n`,
      400,
      'BadRequestError',
    ],
    [
      'two lengths',
      `POST / HTTP/1.1\r\n${closing}Content-Length: 1\r\nContent-Length: 2\r\n\r\na`,
      400,
      'BadRequestError',
    ],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\n${closing}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'BadRequestError',
    ],
    [
      'a chunk without a size',
      `POST / HTTP/1.1\r\n${closing}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
      'BadRequestError',
    ],
    [
      'headers that are too large',
      `GET / HTTP/1.1\r\n${closing}X: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'RequestHeaderFieldsTooLargeError',
    ],
    [
      'an expectation',
      `GET / HTTP/1.1\r\n${closing}Expect: the impossible\r\n\r\n`,
      417,
      'ExpectationFailedError',
    ],
  ])('refuses %s in the envelope', async (_, message, status, name) => {
    const answer = await answerTo(message);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('Connection: close');
    expect(JSON.parse(body)).toEqual({
      data: null,
      error: { status, name, message: expect.any(String), details: {} },
    });
  });

  it('says 408 to a request that did not arrive in time', async () => {
    const late = createServer({ connectionsCheckingInterval: 10 }, () => undefined);
    boundServer(late);
    late.headersTimeout = 20;
    await new Promise<void>((resolve) => late.listen(0, '127.0.0.1', resolve));
    try {
      port = (late.address() as AddressInfo).port;
      expect(await answerTo('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ')).toMatch(
        /^HTTP\/1\.1 408 .*RequestTimeoutError/s,
      );
    } finally {
      port = (server.address() as AddressInfo).port;
      late.close();
    }
  });

  it('gives no connection all the time there is', () => {
    expect(server.headersTimeout).toBeGreaterThan(0);
    expect(server.headersTimeout).toBeLessThanOrEqual(30_000);
    expect(server.requestTimeout).toBeGreaterThan(server.headersTimeout);
    expect(server.requestTimeout).toBeLessThanOrEqual(300_000);
  });

  it('answers others while hundreds of requests do not come to their end', async () => {
    const slow = Array.from({ length: 300 }, () => connect({ port, host: '127.0.0.1' }));
    try {
      await Promise.all(
        slow.map(
          (socket) =>
            new Promise((resolve) => socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ', resolve)),
        ),
      );
      expect(await answerTo(`GET /alive HTTP/1.1\r\n${closing}\r\n`)).toMatch(/^HTTP\/1\.1 200 .*\/alive/s);
    } finally {
      for (const socket of slow) socket.destroy();
    }
  });
});
