import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from '../support/eventually.js';
import { Network } from './network.mjs';

describe('The network of a chaos run', () => {
  let server: Server;
  let network: Network;
  let port: number;
  let serverPort: number;
  /** Connections as the server sees them. */
  let connections: { received: string; isLost: boolean }[];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    connections = [];
    server = createServer((socket) => {
      const one = { received: '', isLost: false };
      connections.push(one);
      socket.on('error', () => undefined);
      socket.on('close', () => (one.isLost = true));
      socket.on('data', (chunk) => {
        one.received += chunk.toString();
        socket.write(`answer to ${chunk.toString()}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    serverPort = (server.address() as AddressInfo).port;
    network = new Network([serverPort]);
    [port] = (await network.listen()) as [number];
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await network.close();
    await new Promise((resolve) => server.close(resolve));
  });

  function client(to = port): Socket {
    const socket = connect(to, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  async function ask(socket: Socket, what: string): Promise<string> {
    socket.write(what);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return chunk.toString();
  }

  /** Not `once` of node:events, which fails at the reset itself. */
  const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

  it('passes everything on', async () => {
    expect(await ask(client(), 'one')).toBe('answer to one');
  });

  it('keeps the order of what is slow', async () => {
    const socket = client();
    await ask(socket, 'one');
    network.begin('slow', { delayMs: 30 });
    socket.write('two ');
    await new Promise((resolve) => setImmediate(resolve));
    network.end();
    socket.write('three');
    let answers = '';
    while (!answers.includes('three')) answers += String(((await once(socket, 'data')) as [Buffer])[0]);
    expect(connections[0]?.received).toBe('onetwo three');
  });

  it('hands over what it held when that is over', async () => {
    const socket = client();
    await ask(socket, 'one');
    network.begin('hold');
    const answer = ask(socket, 'two');
    await ask(client(serverPort), 'beside it');
    await ask(client(serverPort), 'once more');
    expect(connections[0]?.received).toBe('one');
    network.end();
    expect(await answer).toBe('answer to two');
  });

  it('cuts connections, and refuses new ones until that is over', async () => {
    const socket = client();
    await ask(socket, 'one');
    const lost = closed(socket);
    network.begin('cut');
    await lost;
    await closed(client());
    network.end();
    expect(await ask(client(), 'two')).toBe('answer to two');
  });

  it('leaves a connection open of which the server knows nothing any more', async () => {
    const socket = client();
    await ask(socket, 'one');
    const heard: string[] = [];
    socket.on('data', (chunk) => heard.push(chunk.toString()));
    network.begin('half-open');
    socket.write('two');
    const silent = client();
    silent.on('data', (chunk) => heard.push(chunk.toString()));
    silent.write('three');
    await eventually(() => expect(network.connections).toBe(2));
    network.end();
    expect(await ask(client(), 'four')).toBe('answer to four');
    expect(connections[0]).toEqual({ received: 'one', isLost: true });
    expect(heard).toEqual([]);
    expect(socket.destroyed).toBe(false);
    expect(silent.destroyed).toBe(false);
  });
});
