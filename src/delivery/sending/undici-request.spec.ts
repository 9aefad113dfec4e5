import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { Agent } from 'undici';
import { sendWithUndici } from './axios-undici-adapter.js';
import { CAPTURED_BYTES } from './captured-response.js';
import { Deadline } from '../../host/deadline.js';
import { type PartialAnswer, requestWithUndici } from './undici-request.js';

const LONG_MS = 60_000;

function* endless(): Generator<string> {
  for (;;) yield 'x'.repeat(64 * 1024);
}

describe('requestWithUndici', () => {
  let server: Server | undefined;
  let agent: Agent;
  let deadline: Deadline;
  let answer: PartialAnswer;

  beforeEach(() => {
    agent = new Agent();
    deadline = new Deadline(LONG_MS);
    answer = {};
  });

  afterEach(async () => {
    deadline.clear();
    await agent.destroy();
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
    server = undefined;
  });

  async function receiver(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b`;
  }

  const post = (url: string, body = 'hello') =>
    requestWithUndici(
      { url, body: Buffer.from(body), headers: { 'x-mine': '1' }, deadline, dispatcher: agent },
      answer,
    );

  it('sends the bytes and the headers, and gives the whole answer', async () => {
    const seen: unknown[] = [];
    const url = await receiver((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push(request.method, request.url, request.headers['x-mine'], Buffer.concat(chunks).toString());
        response.writeHead(201, { 'X-Many': ['a', 'b'] }).end('żółw');
      });
    });
    expect(await post(url, 'ąę')).toEqual({ text: 'żółw', truncated: false });
    expect(seen).toEqual(['POST', '/hook?a=b', '1', 'ąę']);
    expect(answer.statusCode).toBe(201);
    expect(answer.headers?.['x-many']).toBe('a, b');
  });

  it('passes over what comes before the answer', async () => {
    const url = await receiver((request, response) => {
      response.writeProcessing();
      request.resume().on('end', () => response.writeHead(204).end());
    });
    expect(await post(url)).toEqual({ text: '', truncated: false });
    expect(answer.statusCode).toBe(204);
  });

  it('keeps the beginning of an answer without end, and closes its connection', async () => {
    const closed = new EventEmitter();
    const isClosed = once(closed, 'close');
    const url = await receiver((request, response) => {
      request.resume();
      Readable.from(endless()).pipe(response);
      response.on('close', () => closed.emit('close'));
    });
    expect(await post(url)).toEqual({ text: 'x'.repeat(CAPTURED_BYTES), truncated: true });
    await isClosed;
  });

  it('ends at the deadline, and knows what had come', async () => {
    const url = await receiver((request, response) => {
      request.resume();
      response.writeHead(200);
      response.write('the beginning');
    });
    const answered = post(url);
    while (answer.statusCode === undefined) await new Promise((resolve) => setImmediate(resolve));
    deadline.abort();
    await expect(answered).rejects.toThrow('ended before its answer');
    expect(answer.statusCode).toBe(200);
  });

  it('ends at the deadline though there is no connection yet, and sends nothing later', async () => {
    const connecting = new EventEmitter();
    const isConnecting = once(connecting, 'connect');
    await agent.destroy();
    agent = new Agent({ connect: (_options, callback) => connecting.emit('connect', callback) });
    const answered = post('http://127.0.0.1:9/');
    const [callback] = (await isConnecting) as [(error: Error, socket: null) => void];
    deadline.abort();
    await expect(answered).rejects.toThrow('ended before its answer');
    callback(new Error('too late'), null);
  });

  it('asks when its connection is there, and writes nothing where it may not go any more', async () => {
    let seen = 0;
    const url = await receiver((request, response) => {
      seen += 1;
      request.resume().on('end', () => response.writeHead(204).end());
    });
    await post(url);
    const asked: number[] = [];
    const mayGo = (): boolean => {
      asked.push(seen);
      return false;
    };
    const request = { url, body: Buffer.from('x'), headers: {}, deadline, dispatcher: agent, mayGo };
    await expect(requestWithUndici(request, answer)).rejects.toMatchObject({ code: 'NOT_SENT' });
    const throughAxios = sendWithUndici({ ...request, data: 'x' } as never);
    await expect(throughAxios).rejects.toMatchObject({ code: 'NOT_SENT' });
    expect(asked).toEqual([1, 1]);
    expect(seen).toBe(1);
  });

  it.each([
    ['is reset', (socket: { destroy(): void }) => socket.destroy()],
    ['speaks no HTTP', (socket: { end(text: string): void }) => socket.end('nonsense\r\n\r\n')],
  ])('fails when the connection %s', async (_, misbehave) => {
    const url = await receiver((request) => misbehave(request.socket));
    await expect(post(url)).rejects.toThrow();
    expect(answer).toEqual({ isConnected: true });
  });

  it('fails for a header that cannot be sent', async () => {
    const request = {
      url: 'http://127.0.0.1:9/',
      body: Buffer.from('x'),
      headers: { 'x-mine': 'a\nb' },
      deadline,
      dispatcher: agent,
    };
    await expect(requestWithUndici(request, answer)).rejects.toThrow('invalid x-mine header');
  });
});
