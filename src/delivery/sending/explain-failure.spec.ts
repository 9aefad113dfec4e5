import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { AxiosError } from 'axios';
import { CERTIFICATES } from '../../../test/support/certificates.js';
import { Deadline } from '../../host/deadline.js';
import { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { explainFailure } from './explain-failure.js';
import { EgressProxyError } from './proxied-agent.js';
import { AddressRefusedError, createSsrfGuardedAgent } from './ssrf-guarded-agent.js';
import { requestWithUndici } from './undici-request.js';

/** An error of the system, as Node makes it. */
const systemError = (syscall: string, code: string, rest = '') =>
  Object.assign(new Error(`${syscall} ${code}${rest}`), { code, syscall });

describe('explainFailure', () => {
  let server: Server;

  afterEach(() => new Promise((resolve) => void server?.close(resolve)));

  /** Sends a request to a server, and explains why it got no whole answer. */
  async function explain(listening: Server, scheme: string, maySeeAddresses = true): Promise<string> {
    server = listening;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const deadline = new Deadline(30_000);
    const policy = new AddressPolicy(['127.0.0.1']);
    const dispatcher = createSsrfGuardedAgent({ policy, resolve: async () => [] });
    try {
      await requestWithUndici({ url, body: Buffer.from('x'), headers: {}, deadline, dispatcher }, {});
      return 'It was answered.';
    } catch (error) {
      return explainFailure(error, maySeeAddresses);
    } finally {
      deadline.clear();
      await dispatcher.destroy();
    }
  }

  const speaking = (bytes: string | Buffer, close: (socket: Socket) => void = (socket) => socket.end()) =>
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(bytes, () => close(socket)));
    });

  it.each<[string, string | Buffer, string]>([
    [
      'no HTTP',
      'hello\r\n\r\n',
      'The answer of the receiver is no valid HTTP: it does not begin with HTTP/.',
    ],
    ['TLS', Buffer.from('15030300020228', 'hex'), 'The receiver answered TLS on an http URL.'],
    [
      'half of a head',
      'HTTP/1.1 200 OK\r\nX',
      'The receiver closed the connection before its answer was whole.',
    ],
    [
      'half of a body',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}',
      'The receiver closed the connection before its answer was whole.',
    ],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
      'The answer of the receiver is not as long as its Content-Length says, or says two lengths.',
    ],
    [
      'a chunk without a size',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'The answer of the receiver is no valid HTTP: Invalid character in chunk size.',
    ],
    ['a status of no meaning', 'HTTP/1.1 099 x\r\n\r\n', 'The answer of the receiver is no valid HTTP.'],
    [
      'another protocol',
      'HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      'The receiver switched to a protocol that nobody asked for.',
    ],
    [
      'long headers',
      `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`,
      'The headers of the answer are larger than 64 KB together.',
    ],
  ])('says that the answer is %s', async (_, bytes, sentence) => {
    expect(await explain(speaking(bytes), 'http')).toBe(sentence);
  });

  it.each<[string, () => Server, string]>([
    [
      'plain HTTP',
      () => speaking('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'The receiver answered plain HTTP on an https URL.',
    ],
    [
      'nothing',
      () => createServer((socket) => socket.once('data', () => socket.destroy())),
      'The receiver closed the connection before TLS was agreed on (ECONNRESET).',
    ],
    [
      'the certificate of an unknown authority',
      () => createHttpsServer({ cert: CERTIFICATES.server, key: CERTIFICATES.serverKey }),
      'The certificate of the receiver comes without the certificates between it and a trusted authority (UNABLE_TO_VERIFY_LEAF_SIGNATURE).',
    ],
  ])('says that an https URL was answered with %s', async (_, listening, sentence) => {
    expect(await explain(listening(), 'https')).toBe(sentence);
  });

  it.each<[string, Error, string]>([
    [
      'a name in a certificate',
      Object.assign(new Error("Hostname/IP does not match certificate's altnames: DNS:db.internal"), {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      }),
      'The certificate of the receiver is for other names than that of the URL (ERR_TLS_CERT_ALTNAME_INVALID).',
    ],
    [
      'an alert',
      Object.assign(new Error('80EC:error:0A000410:SSL routines:ssl3_read_bytes:x:../deps/openssl:1605:\n'), {
        code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      }),
      'The receiver ended the TLS handshake: handshake failure (ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE).',
    ],
    [
      'an alert as newer versions of OpenSSL name it',
      Object.assign(new Error('80EC:error:0A000410:SSL routines:ssl3_read_bytes:x\n'), {
        code: 'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
      }),
      'The receiver ended the TLS handshake: bad certificate (ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE).',
    ],
    [
      'a certificate for something else',
      Object.assign(new Error('unsupported certificate purpose'), { code: 'INVALID_PURPOSE' }),
      'The certificate of the receiver is refused: unsupported certificate purpose (INVALID_PURPOSE).',
    ],
    [
      'a certificate with a weak key',
      Object.assign(new Error('EE certificate key too weak'), { code: 'UNSPECIFIED' }),
      'The certificate of the receiver is refused: EE certificate key too weak (UNSPECIFIED).',
    ],
    [
      'another fault of TLS',
      Object.assign(new Error('80EC:error:0A000102:SSL routines:x\n'), {
        code: 'ERR_SSL_UNSUPPORTED_PROTOCOL',
      }),
      'TLS with the receiver failed: unsupported protocol (ERR_SSL_UNSUPPORTED_PROTOCOL).',
    ],
    [
      'an assertion without a code',
      new Error('The expression evaluated to a falsy value:\n\n  assert(this.ptr)\n'),
      'The request failed (Error).',
    ],
    [
      'a line of OpenSSL without a code',
      new Error('80EC:error:0A0:SSL routines'),
      'The request failed (Error).',
    ],
    ['a sentence of ours', new Error('The name a.b has no address.'), 'The name a.b has no address.'],
    [
      'what axios wraps',
      Object.assign(new AxiosError('x'), { cause: systemError('read', 'ECONNRESET') }),
      'The receiver reset the connection (read ECONNRESET).',
    ],
    [
      'the first of several',
      new AggregateError([systemError('connect', 'ECONNREFUSED', ' 10.1.2.3:443')]),
      'The receiver refused the connection (connect ECONNREFUSED 10.1.2.3:443).',
    ],
  ])('puts %s into words', (_, error, sentence) => {
    expect(explainFailure(error, true)).toBe(sentence);
  });

  it.each<[string, Error, string]>([
    [
      'a refused connection',
      systemError('connect', 'ECONNREFUSED', ' 10.1.2.3:443'),
      'The receiver refused the connection (ECONNREFUSED).',
    ],
    [
      'an address of ours',
      systemError('connect', 'EADDRNOTAVAIL', ' 1.1.1.1:443 - Local (10.1.2.3:0)'),
      'The connection failed (EADDRNOTAVAIL).',
    ],
    [
      'a connection that takes too long',
      Object.assign(
        new Error('Connect Timeout Error (attempted addresses: 10.1.2.3:443, timeout: 30000ms)'),
        {
          code: 'UND_ERR_CONNECT_TIMEOUT',
        },
      ),
      'The receiver did not take the connection in time.',
    ],
    [
      'a name that leads inside',
      new AddressRefusedError('a.b resolves to 10.1.2.3, an address …', 'a.b resolves to an address …'),
      'a.b resolves to an address …',
    ],
    [
      'a proxy',
      new EgressProxyError('The egress proxy made no connection.', 'It refused at 10.1.2.3:3128.'),
      'The egress proxy made no connection.',
    ],
  ])('tells a tenant no address: %s', (_, error, sentence) => {
    expect(explainFailure(error, false)).toBe(sentence);
    expect(explainFailure(error, false)).not.toContain('10.1.2.3');
  });
});
