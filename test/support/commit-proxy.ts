import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before a MySQL server that can lose the answer to a COMMIT, or hang. */
export interface CommitProxy {
  /** The server's URL with the proxy's port. */
  url: string;
  /**
   * Cuts the connection of the next COMMIT: `after-commit` lets the server commit and loses its answer; `before-commit`
   * loses the COMMIT itself, so that the server rolls back.
   *
   * @param after a text that a statement of the connection must have had before. Default: any COMMIT is meant
   */
  cutNext(when: 'before-commit' | 'after-commit', after?: string): void;
  /** As {@link cutNext}, but the connection stays open and nothing passes on it any more. */
  holdNext(when: 'before-commit' | 'after-commit'): void;
  /**
   * Cuts the caller's side of the connection of the next COMMIT, and keeps the server's: the COMMIT arrives when the
   * function that is given back is called, as behind a network that comes back.
   */
  delayNext(): () => void;
  /** Lets nothing pass any more, on no connection. */
  hang(): void;
  /** How many connections were cut or held. */
  readonly cuts: number;
  close(): Promise<void>;
}

/**
 * A packet's command byte (COM_QUERY) and the statement: `READ COMMITTED` in another statement is none. MySQL's own has the
 * counts of the statement's attributes between them.
 */
const COMMITS = [Buffer.from('\u0003COMMIT'), Buffer.from('\u0003\u0000\u0001COMMIT')];

const endsWithCommit = (chunk: Buffer): boolean =>
  COMMITS.some((commit) => chunk.subarray(-commit.length).equals(commit));

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startCommitProxy(serverUrl: string): Promise<CommitProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  type Fault = 'before-commit' | 'after-commit' | 'late';
  let armed: { when: Fault; isCut: boolean; after?: string | undefined } | null = null;
  let deliver: (() => void) | null = null;
  let isHanging = false;
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 3306), target.hostname);
    let isHeld = false;
    let isMeant = false;
    let loseAnswer: (() => void) | null = null;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const lose = (isCut: boolean) => {
      cuts += 1;
      isHeld = true;
      if (!isCut) return;
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (chunk) => {
      if (isHanging || isHeld) return;
      isMeant ||= armed !== null && (armed.after === undefined || chunk.includes(armed.after));
      if (armed !== null && isMeant && endsWithCommit(chunk)) {
        const { when, isCut } = armed;
        armed = null;
        if (when === 'before-commit') return lose(isCut);
        if (when === 'late') {
          cuts += 1;
          isHeld = true;
          deliver = () => upstream.write(chunk);
          client.removeAllListeners('close').destroy();
          return;
        }
        loseAnswer = () => lose(isCut);
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (isHanging || isHeld) return;
      if (loseAnswer) loseAnswer();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutNext: (when, after) => (armed = { when, isCut: true, after }),
    holdNext: (when) => (armed = { when, isCut: false }),
    delayNext: () => {
      armed = { when: 'late', isCut: true };
      return () => deliver?.();
    },
    hang: () => (isHanging = true),
    get cuts() {
      return cuts;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
