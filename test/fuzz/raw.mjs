import { connect } from 'node:net';
import { ADMIN_TOKEN } from './process.mjs';
import { anyText } from './values.mjs';

const HOST = 'Host: localhost\r\n';
const TOKEN = `Authorization: Bearer ${ADMIN_TOKEN}\r\n`;
const JSON_POST = `POST /admin/webhooks HTTP/1.1\r\n${HOST}${TOKEN}Content-Type: application/json\r\n`;
const LIVE = `GET /health/live HTTP/1.1\r\n${HOST}\r\n`;

/** Bytes that no HTTP client would send. */
const MESSAGES = [
  () => `GET / HTTP/1.1\r\n\r\n`,
  () => `GET / HTTP/1.1\r\n${HOST}Host: b\r\n\r\n`,
  () => `GET / HTTP/1.0\r\n\r\n`,
  () => `GET / HTTP/9.9\r\n${HOST}\r\n`,
  () => 'GET /\r\n\r\n',
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  () => `FOO / HTTP/1.1\r\n${HOST}\r\n`,
  () => `get / HTTP/1.1\r\n${HOST}\r\n`,
  () => `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  () => `CONNECT 127.0.0.1:1 HTTP/1.1\r\n${HOST}\r\n`,
  () => `GET http://other.invalid/health/live HTTP/1.1\r\n${HOST}\r\n`,
  () => `GET http://[ HTTP/1.1\r\n${HOST}\r\n`,
  () => `GET //\\..\\.. HTTP/1.1\r\n${HOST}\r\n`,
  () => `GET /a b c HTTP/1.1\r\n${HOST}\r\n`,
  () => `GET /\u0000 HTTP/1.1\r\n${HOST}\r\n`,
  () => Buffer.from(`GET /admin/webhooks/\xff\xfe HTTP/1.1\r\n${HOST}${TOKEN}\r\n`, 'latin1'),
  () => `GET / HTTP/1.1\r\n${HOST}X-A: a\rX-Injected: b\r\n\r\n`,
  () => `GET / HTTP/1.1\r\n${HOST}X-A: a\n folded\r\n\r\n`,
  () => `GET / HTTP/1.1\r\n${HOST}X A: a\r\n\r\n`,
  () => `GET / HTTP/1.1\r\n${HOST}no colon\r\n\r\n`,
  () => `GET / HTTP/1.1\r\n${HOST}: empty\r\n\r\n`,
  () => `GET / HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(20_000)}\r\n\r\n`,
  () => `GET / HTTP/1.1\r\n${HOST}${'X-A: a\r\n'.repeat(1_500)}\r\n`,
  () => `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`,
  () => `GET /health/live HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
  () => `GET /health/live HTTP/1.1\r\n${HOST}Expect: 100-continue\r\n\r\n`,
  () => `${JSON_POST}Content-Length: -1\r\n\r\n{}`,
  () => `${JSON_POST}Content-Length: 99999999999999999999\r\n\r\n{}`,
  () => `${JSON_POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  () => `${JSON_POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  () => `${JSON_POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  () => `${JSON_POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  () => `${JSON_POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n`,
  () => `${JSON_POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n`,
  () => `${JSON_POST}Transfer-Encoding: chunked\r\n\r\n2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  () => `${JSON_POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Injected: 1\r\n\r\n`,
  () => `${JSON_POST}Content-Length: 1000\r\n\r\n{"name": "trunc`,
  () => `${JSON_POST}Content-Length: 2\r\nExpect: something\r\n\r\n{}`,
  () =>
    `POST /api/upload HTTP/1.1\r\n${HOST}${TOKEN}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 500\r\n\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nabc`,
  () => LIVE.repeat(20),
  () => LIVE + 'garbage\r\n\r\n' + LIVE,
  () => `${JSON_POST}Content-Length: 2\r\n\r\n{}${LIVE}`,
  () => Buffer.from('160301020001000001fc0303', 'hex'),
  (random) => Buffer.from(Array.from({ length: 500 }, () => Math.floor(random.next() * 256))),
  (random) => `GET /?${anyText(random)} HTTP/1.1\r\n${HOST}\r\n`,
  (random) => `GET / HTTP/1.1\r\n${HOST}${anyText(random)}: ${anyText(random)}\r\n\r\n`,
];

/** How long the first byte of an answer is waited for, and how long the next, before this side closes. */
const FIRST_WAIT_MS = 250;
const NEXT_WAIT_MS = 40;

/**
 * Sends bytes over a connection of their own.
 *
 * @returns {Promise<{sent: string, answers: {status: number, headers: Record<string, string>, body: string}[]}>}
 */
export async function sendRaw(random, port) {
  const message = random.pick(MESSAGES)(random);
  const bytes = await exchange(port, Buffer.isBuffer(message) ? message : Buffer.from(message));
  return { sent: String(message).slice(0, 300), answers: answersIn(bytes) };
}

function exchange(port, message) {
  return new Promise((resolve) => {
    const chunks = [];
    const socket = connect({ port, host: '127.0.0.1' });
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks));
    };
    // Closed at last, so that whoever waits for the rest of a request learns that none comes.
    let timer = setTimeout(done, FIRST_WAIT_MS);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(done, NEXT_WAIT_MS);
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.write(message);
  });
}

/** The answers in a connection's bytes. All of this server's have a length. */
function answersIn(bytes) {
  const answers = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return answers;
    const [first, ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? Number.NaN);
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const length = Number(headers['content-length'] ?? 0);
    const body = rest.subarray(end + 4, end + 4 + length).toString('utf8');
    if (status !== 100) answers.push({ status, headers, body });
    rest = rest.subarray(end + 4 + length);
  }
}
