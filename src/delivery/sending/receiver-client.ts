import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type buildConnector, Client, type Dispatcher, Pool } from 'undici';
import { InterimFilter } from './interim-filter.js';

/** Codes of a connection that the other side closed. */
const CLOSED: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

/** Statuses whose answers have no body, whatever their headers say (RFC 9110, 8.6 and RFC 9112, 6.3). */
const BODILESS: readonly number[] = [204, 304];

/**
 * Creates the connections to one origin: undici's pool of {@link ReceiverClient}s.
 *
 * @param options of undici's agent; `connect` must be a function
 */
export function createReceiverPool(origin: string | URL, options: object): Dispatcher {
  return new Pool(origin, {
    ...(options as Pool.Options),
    factory: (target, given) => new ReceiverClient(target, given as Client.Options),
  });
}

/**
 * One connection to a receiver: undici's client, which takes answers that servers give although they should not, and
 * sends a request once more that met a connection which the receiver was closing.
 */
class ReceiverClient extends Client {
  private readonly connection: Connection;

  constructor(origin: URL, options: Client.Options) {
    const connection = new Connection();
    super(origin, { ...options, connect: connection.watch(options.connect as buildConnector.connector) });
    this.connection = connection;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const sendAgain = (again: Dispatcher.DispatchHandler) => super.dispatch(options, again);
    return super.dispatch(options, new ForgivingHandler(handler, this.connection, sendAgain));
  }
}

/** What is known of a client's connection. */
class Connection {
  /** Answers that came whole on this connection. */
  answers = 0;
  filter: InterimFilter | null = null;
  private socket: Socket | null = null;

  /** Wraps a connector: no dot at the end of the name in TLS (SNI, RFC 6066, 3), and each new socket is filtered. */
  watch(connect: buildConnector.connector): buildConnector.connector {
    return (target, callback) =>
      connect(target.protocol === 'https:' ? withoutDot(target) : target, (...[error, socket]) => {
        if (!socket) {
          callback(error, null);
          return;
        }
        this.answers = 0;
        this.filter = new InterimFilter(socket);
        this.socket = socket;
        callback(null, socket);
      });
  }

  /** The next request goes out on a new one. */
  close(): void {
    this.socket?.destroy();
  }
}

/**
 * undici takes the name in TLS from `host`, and the address from `hostname`, which stays as it is. An egress proxy is
 * asked for `host`, and looks up the same name.
 */
function withoutDot(target: buildConnector.Options): buildConnector.Options {
  const { host, servername } = target;
  return {
    ...target,
    ...(host === undefined ? {} : { host: host.replace(/\.(?=(?::\d+)?$)/, '') }),
    ...(servername ? { servername: servername.replace(/\.$/, '') } : {}),
  };
}

/**
 * Passes everything on to a handler but two errors: a status without a body whose headers announced one is a whole
 * answer, and a request is sent once more, on a new connection, when the receiver closed one that had been used before and
 * nothing of an answer had come. undici gives a client's handlers by these names alone.
 */
class ForgivingHandler implements Dispatcher.DispatchHandler {
  private isReused = false;
  private hasAnswer = false;
  private isSentAgain = false;
  private isAborted = false;
  private statusCode = 0;
  /** Whether a body comes that the answer's status rules out: the parser would take it for the next answer. */
  private hasStrayBody = false;

  constructor(
    private readonly handler: Dispatcher.DispatchHandler,
    private readonly connection: Connection,
    private readonly sendAgain: (handler: Dispatcher.DispatchHandler) => void,
  ) {}

  onConnect(abort: (error?: Error) => void): void {
    this.isReused = this.connection.answers > 0;
    this.connection.filter?.expectAnswer();
    this.handler.onConnect?.((error) => {
      this.isAborted = true;
      abort(error);
    });
  }

  onResponseStarted(): void {
    this.hasAnswer = true;
    this.handler.onResponseStarted?.();
  }

  onUpgrade(statusCode: number, headers: Buffer[] | string[] | null, socket: Duplex): void {
    this.handler.onUpgrade?.(statusCode, headers, socket);
  }

  onHeaders(statusCode: number, headers: Buffer[], resume: () => void, statusText: string): boolean {
    this.statusCode = statusCode;
    this.hasStrayBody = BODILESS.includes(statusCode) && hasTransferEncoding(headers);
    return this.handler.onHeaders?.(statusCode, headers, resume, statusText) ?? true;
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData?.(chunk) ?? true;
  }

  onComplete(trailers: string[] | null): void {
    this.connection.answers += 1;
    this.handler.onComplete?.(trailers);
    if (this.hasStrayBody) this.connection.close();
  }

  onError(error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && BODILESS.includes(this.statusCode)) {
      this.handler.onComplete?.([]);
      return;
    }
    const hasNothing = !this.hasAnswer && this.connection.filter?.hasHeldBack !== true;
    if (CLOSED.includes(code) && this.isReused && hasNothing && !this.isSentAgain && !this.isAborted) {
      this.isSentAgain = true;
      this.sendAgain(this);
      return;
    }
    this.handler.onError?.(error);
  }
}

/** @param headers names and values in turn */
function hasTransferEncoding(headers: readonly Buffer[]): boolean {
  return headers.some(
    (name, at) => at % 2 === 0 && name.toString('latin1').toLowerCase() === 'transfer-encoding',
  );
}
