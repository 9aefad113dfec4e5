import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** What a proxy was asked for. */
export interface ProxyRequest {
  method: string;
  /** `host:port` of a CONNECT, else the URL. */
  target: string;
  headers: IncomingHttpHeaders;
}

/** A forward proxy on loopback. */
export interface ConnectProxy {
  port: number;
  /** In the order of their arrival. */
  requests: ProxyRequest[];
  close(): Promise<void>;
}

/**
 * Starts a proxy whose every tunnel leads to one port of 127.0.0.1, whatever host was asked for, so that no traffic
 * leaves this machine.
 *
 * @param credentials `user:password` without which it answers 407
 * @param refusal what it answers in place of a tunnel
 */
export async function startConnectProxy(
  tunnelTo: number,
  credentials?: string,
  refusal?: { status: number; headers: Record<string, string> },
): Promise<ConnectProxy> {
  const requests: ProxyRequest[] = [];
  const sockets = new Set<Socket>();
  const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', target: request.url ?? '', headers: request.headers });
    response.writeHead(502).end();
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, downstream: Socket, head) => {
    requests.push({ method: 'CONNECT', target: request.url ?? '', headers: request.headers });
    if (expected && request.headers['proxy-authorization'] !== expected) {
      downstream.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    if (refusal) {
      const headers = Object.entries(refusal.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      downstream.end(`HTTP/1.1 ${refusal.status} No tunnel\r\n${headers.join('')}\r\n`);
      return;
    }
    const upstream = connect(tunnelTo, '127.0.0.1', () => {
      downstream.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(downstream).pipe(upstream);
    });
    sockets.add(upstream);
    for (const [one, other] of [[upstream, downstream] as const, [downstream, upstream] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
