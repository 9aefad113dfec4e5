import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import axios from 'axios';
import { CERTIFICATES } from '../../../test/support/certificates.js';
import { Deadline } from '../../host/deadline.js';
import { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import { createSsrfGuardedAgent } from './ssrf-guarded-agent.js';
import { createTransport } from './transport.js';
import { type PartialAnswer, requestWithUndici } from './undici-request.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

/** What a receiver does with the n-th request of all, counted from 1. */
type Behaviour = (socket: Socket, request: number) => void;

describe('The connections of deliveries', () => {
  let server: Server | undefined;
  let connections: number;
  let requests: number;
  let url: string;
  let deadline: Deadline;
  let answer: PartialAnswer;
  let agent: ReturnType<typeof createSsrfGuardedAgent>;

  beforeEach(() => {
    connections = 0;
    requests = 0;
    answer = {};
    deadline = new Deadline(30_000);
    agent = createSsrfGuardedAgent({ policy: new AddressPolicy(['127.0.0.1']), resolve: async () => [] });
  });

  afterEach(async () => {
    deadline.clear();
    await agent.destroy();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
    server = undefined;
  });

  async function receiver(behave: Behaviour): Promise<void> {
    server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      // Each request of these tests is one write.
      socket.on('data', (chunk) => {
        if (!chunk.includes('hello')) return;
        requests += 1;
        behave(socket, requests);
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  const outgoing = () => ({ url, body: Buffer.from('hello'), headers: {}, deadline, dispatcher: agent });
  const send = async () => {
    answer = {};
    await becomeFree();
    return requestWithUndici(outgoing(), answer);
  };
  /** undici reuses a connection in a later turn of the event loop. */
  const becomeFree = async () => {
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  };
  /** As a host with interceptors of its own sends. */
  const sendWithAxios = async () => {
    await becomeFree();
    const axiosRef = axios.create();
    axiosRef.interceptors.request.use((config) => config);
    const transport = createTransport({ axiosRef });
    return transport(outgoing(), answer);
  };

  const BODY = 'Content-Type: application/json\r\n';
  it.each([
    ['a length and a body', [`HTTP/1.1 204 No Content\r\n${BODY}Content-Length: 2\r\n\r\n{}`]],
    ['a length and a body that comes later', ['HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n', '{}']],
    ['a length and no body', ['HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n']],
    ['chunks', ['HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n']],
    ['chunks that come later', ['HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\n\r\n']],
  ])('take a 204 with %s, and what follows on a new connection', async (_, pieces) => {
    await receiver((socket, request) => {
      if (request === 1) writeInTurn(socket, pieces);
      else socket.write(OK);
    });
    expect(await send()).toEqual({ text: '', truncated: false });
    expect(answer.statusCode).toBe(204);
    expect(await send()).toEqual({ text: '{}', truncated: false });
    expect([requests, connections]).toEqual([2, 2]);
  });

  it('take a 204 with a length where a host has interceptors', async () => {
    await receiver((socket) => socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}'));
    expect(await sendWithAxios()).toEqual({ text: '', truncated: false });
    expect(answer.statusCode).toBe(204);
  });

  it('take no other answer that is not as long as it says', async () => {
    await receiver((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}'));
    await expect(send()).rejects.toThrow();
    expect(requests).toBe(1);
  });

  it.each([
    ['at once', [`HTTP/1.1 100 Continue\r\n\r\n${OK}`]],
    ['before the answer', ['HTTP/1.1 100 Continue\r\n\r\n', OK]],
    ['with headers, twice', ['HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.0 100 Go\r\n\r\n', OK]],
    ['in pieces', [...`HTTP/1.1 100 Continue\r\n\r\n${OK}`]],
    ['before other interim answers', [`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\n${OK}`]],
    [
      'after another interim answer',
      ['HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n', OK],
    ],
    [
      'among many others',
      [102, 103, 100, 199, 102, 100].map((status) => `HTTP/1.1 ${status} x\r\n\r\n`).concat(OK),
    ],
    ['in pieces after another', [...`HTTP/1.1 102 x\r\n\r\nHTTP/1.1 100 x\r\n\r\n${OK}`]],
    ['or another, with headers of 60 KB', [`HTTP/1.1 103 x\r\nLink: ${'a'.repeat(61_440)}\r\n\r\n`, OK]],
  ])('pass over a 100 Continue that nobody asked for, %s, on each request', async (_, pieces) => {
    await receiver((socket) => writeInTurn(socket, pieces));
    for (let request = 0; request < 3; request += 1) {
      expect(await send()).toEqual({ text: '{}', truncated: false });
      expect(answer.statusCode).toBe(200);
    }
    expect([requests, connections]).toEqual([3, 1]);
  });

  it('keep a body that looks like a 100 Continue', async () => {
    const text = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100';
    await receiver((socket) =>
      writeInTurn(socket, [`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`, text]),
    );
    expect(await send()).toEqual({ text, truncated: false });
  });

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('send once more when the receiver %s a connection that was kept alive', async (_, close) => {
    await receiver((socket, request) => {
      if (request === 2) close(socket);
      else socket.write(OK);
    });
    await send();
    expect(await send()).toEqual({ text: '{}', truncated: false });
    expect([requests, connections]).toEqual([3, 2]);
  });

  it('send once more where a host has interceptors', async () => {
    await receiver((socket, request) => {
      if (request === 2) socket.end();
      else socket.write(OK);
    });
    await sendWithAxios();
    expect(await sendWithAxios()).toEqual({ text: '{}', truncated: false });
    expect(requests).toBe(3);
  });

  it.each<[string, Behaviour, number]>([
    ['a connection that was new', (socket) => socket.end(), 1],
    ['twice', (socket, request) => (request === 1 ? socket.write(OK) : socket.end()), 3],
    [
      'after it began an answer',
      (socket, request) => (request === 1 ? socket.write(OK) : socket.end('HTTP/1.1 200')),
      2,
    ],
    [
      'after it said to continue',
      (socket, request) => (request === 1 ? socket.write(OK) : socket.end('HTTP/1.1 100 Continue\r\n\r\n')),
      2,
    ],
  ])('send nothing more when the receiver closed it: %s', async (_, behave, expected) => {
    await receiver(behave);
    if (expected > 1) await send();
    await expect(send()).rejects.toThrow();
    expect(requests).toBe(expected);
  });

  it('send nothing more after the deadline', async () => {
    await receiver((socket, request) => {
      if (request === 1) socket.write(OK);
      else deadline.abort();
    });
    await send();
    await expect(send()).rejects.toThrow('ended before its answer');
    await nextTurn();
    expect([requests, connections]).toEqual([2, 1]);
  });

  it('name a host in TLS without the dot at its end', async () => {
    const named: string[] = [];
    const { server: cert, serverKey: key, authority: ca } = CERTIFICATES;
    const receiving = createHttpsServer(
      {
        SNICallback: (name, found) => {
          named.push(name);
          found(null, createSecureContext({ cert, key }));
        },
      },
      (request, response) => request.resume().on('end', () => response.end('{}')),
    );
    server = receiving;
    await new Promise<void>((resolve) => receiving.listen(0, '127.0.0.1', resolve));
    await agent.destroy();
    agent = createSsrfGuardedAgent({
      policy: new AddressPolicy(['127.0.0.1']),
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      secureContext: createSecureContext({ ca }),
    });
    url = `https://hooks.example.com.:${(receiving.address() as AddressInfo).port}/`;
    expect(await send()).toEqual({ text: '{}', truncated: false });
    expect(named).toEqual(['hooks.example.com']);
  });

  it('take a header of 64 KB beside others, and no more', async () => {
    let size = 64 * 1024;
    await receiver((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(size)}\r\nContent-Length: 2\r\n\r\n{}`),
    );
    await send();
    expect(answer.headers?.['x']).toHaveLength(size);
    size = 66 * 1024;
    await expect(send()).rejects.toThrow(expect.objectContaining({ code: 'UND_ERR_HEADERS_OVERFLOW' }));
  });
});

/** Writes pieces so that each arrives by itself. */
function writeInTurn(socket: Socket, [first, ...rest]: readonly string[]): void {
  if (first === undefined) return;
  socket.setNoDelay(true);
  socket.write(first, () => setImmediate(() => setImmediate(() => writeInTurn(socket, rest))));
}
