import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to an HTTP server that a test closes after so many requests. */
export interface FailingProxy {
  url: string;
  /** How many requests have come since {@link failAfter}. */
  count: number;
  /**
   * Lets so many requests through, and cuts all later ones.
   *
   * @param isAnswerLost whether the first of those reaches the server, and its answer alone is lost
   */
  failAfter(most: number, isAnswerLost?: boolean): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of a server. It lets everything through at first. */
export async function startFailingProxy(target: string): Promise<FailingProxy> {
  let most = Infinity;
  let isAnswerLost = false;
  const server: Server = createServer((asked, answered) => {
    proxy.count += 1;
    const isLost = proxy.count > most;
    if (isLost && !(isAnswerLost && proxy.count === most + 1)) {
      asked.socket.destroy();
      return;
    }
    const { method, headers, url = '/' } = asked;
    const onwards = forward(new URL(url, target), { method, headers }, (answer) => {
      if (isLost) {
        asked.socket.destroy();
        return;
      }
      answered.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(answered);
    });
    onwards.on('error', () => asked.socket.destroy());
    asked.pipe(onwards);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FailingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: 0,
    failAfter: (count, lost = false) => {
      most = count;
      isAnswerLost = lost;
      proxy.count = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
