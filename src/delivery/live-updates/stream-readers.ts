import type { ServerResponse } from 'node:http';
import { HttpStatus, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { EnvelopeError, RateLimitError } from '../../http/envelope-error.js';
import type { Viewer } from '../../auth/tenancy.js';
import { InjectSchedule } from '../../host/tokens.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { ChangeReader } from './change-reader.js';
import { formatChanges } from './server-sent-events.js';

const POLL_JOB = 'posthorn.stream.look';
const POLL_EVERY_MS = 500;
const HEARTBEAT_JOB = 'posthorn.stream.beat';
const HEARTBEAT_EVERY_MS = 15_000;
/** After this many heartbeats a stream ends. Its reader reconnects, and its token is checked again. */
const HEARTBEATS_PER_STREAM = 60;
/** A reader whose unsent data exceeds this is disconnected. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** The most readers per instance. */
const MAX_READERS = 500;
/** The most readers of one tenant per instance. */
const MAX_READERS_OF_TENANT = 100;
/** When to try again, seconds. */
const RETRY_AFTER_S = 60;

interface Reader {
  response: ServerResponse;
  viewer: Viewer;
  /** How many it is still sent. */
  heartbeatsLeft: number;
}

/**
 * Keeps the open streams of server-sent events (SSE) and sends them the changes. All readers of this instance share one
 * poll of the database, twice a second; without readers there is no polling. A reader that does not keep up is
 * disconnected: it reconnects and loads the list again.
 */
@Injectable()
export class StreamReaders implements OnModuleDestroy {
  private readonly logger = new Logger('Stream');
  private readonly readers = new Set<Reader>();
  private starting: Promise<void> | null = null;
  private polling: Promise<void> | null = null;

  constructor(
    private readonly changes: ChangeReader,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {}

  /** The number of open streams. */
  get count(): number {
    return this.readers.size;
  }

  /**
   * Answers a request with a stream of the changes from now on.
   *
   * @param lifeMs how long its caller may go on; the stream ends within one heartbeat after. Default: a quarter of an hour
   * @throws {RateLimitError} at {@link MAX_READERS_OF_TENANT} of its tenant
   * @throws {EnvelopeError} 503 at {@link MAX_READERS}, when no tenant has more readers than the viewer's
   */
  async add(response: ServerResponse, viewer: Viewer, lifeMs = Infinity): Promise<void> {
    this.makeRoom(viewer);
    const heartbeatsLeft = Math.min(HEARTBEATS_PER_STREAM, Math.ceil(lifeMs / HEARTBEAT_EVERY_MS));
    const reader: Reader = { response, viewer, heartbeatsLeft };
    this.readers.add(reader);
    response.once('close', () => this.remove(reader));
    try {
      this.starting ??= this.start();
      await this.starting;
    } catch (error) {
      this.remove(reader);
      throw error;
    }
    if (response.destroyed || !this.readers.has(reader)) return;
    response.writeHead(HttpStatus.OK, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Keeps proxies from buffering the stream.
      'X-Accel-Buffering': 'no',
    });
    this.write(reader, ': open\n\n');
  }

  /** Polls now and sends the changes to every reader. A call during a poll waits for that poll. */
  async poll(): Promise<void> {
    this.polling ??= this.pollNow().finally(() => {
      this.polling = null;
    });
    await this.polling;
  }

  onModuleDestroy(): void {
    for (const reader of this.readers) {
      this.remove(reader);
      reader.response.end();
    }
  }

  /**
   * The places are shared fairly: when all are taken, the newest reader of the tenant that has most of them gives way to
   * a viewer whose tenant has fewer.
   */
  private makeRoom(viewer: Viewer): void {
    const byViewer = this.groupByViewer();
    const own = byViewer.get(viewer)?.length ?? 0;
    if (viewer !== null && own >= MAX_READERS_OF_TENANT) {
      throw new RateLimitError(
        RETRY_AFTER_S,
        `${MAX_READERS_OF_TENANT} readers of this tenant watch this instance already.`,
      );
    }
    if (this.readers.size < MAX_READERS) return;
    const most = [...byViewer.values()].reduce((one, other) => (other.length > one.length ? other : one));
    const newest = most.at(-1);
    if (newest && most.length > own + 1) {
      this.remove(newest);
      newest.response.end();
      return;
    }
    throw new EnvelopeError(
      HttpStatus.SERVICE_UNAVAILABLE,
      'ServiceUnavailableError',
      `${MAX_READERS} readers watch this instance already.`,
    );
  }

  /** The readers of each tenant, the newest last. */
  private groupByViewer(): Map<Viewer, Reader[]> {
    const groups = new Map<Viewer, Reader[]>();
    for (const reader of this.readers) {
      const group = groups.get(reader.viewer);
      if (group) group.push(reader);
      else groups.set(reader.viewer, [reader]);
    }
    return groups;
  }

  private async start(): Promise<void> {
    try {
      await this.changes.start();
    } catch (error) {
      this.starting = null;
      throw error;
    }
    if (this.readers.size === 0) return this.stop();
    runEvery(this.schedule, POLL_JOB, POLL_EVERY_MS, () => void this.poll());
    runEvery(this.schedule, HEARTBEAT_JOB, HEARTBEAT_EVERY_MS, () => this.sendHeartbeats());
  }

  private stop(): void {
    this.starting = null;
    stopRunning(this.schedule, POLL_JOB);
    stopRunning(this.schedule, HEARTBEAT_JOB);
  }

  private async pollNow(): Promise<void> {
    try {
      const changes = await this.changes.poll();
      for (const reader of this.readers) {
        const text = formatChanges(changes, reader.viewer);
        if (text !== '') this.write(reader, text);
      }
    } catch (error) {
      this.logger.debug(
        `Polling for live updates failed; the next poll retries: ${(error as Error).message}`,
      );
    }
  }

  /** Sends every reader a heartbeat, and ends the streams whose time is over. */
  sendHeartbeats(): void {
    for (const reader of this.readers) {
      reader.heartbeatsLeft -= 1;
      if (reader.heartbeatsLeft <= 0) reader.response.end();
      else this.write(reader, ': here\n\n');
    }
  }

  private write(reader: Reader, text: string): void {
    const { response } = reader;
    if (!response.headersSent || response.writableEnded) return;
    if (response.writableLength > MAX_UNREAD_BYTES) {
      this.remove(reader);
      response.destroy();
    } else response.write(text);
  }

  private remove(reader: Reader): void {
    if (this.readers.delete(reader) && this.readers.size === 0) this.stop();
  }
}
