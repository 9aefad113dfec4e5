import { HttpStatus, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { ServerResponse } from 'node:http';
import { EnvelopeError } from '../../http/envelope-error.js';
import type { Viewer } from '../../auth/tenancy.js';
import { InjectSchedule } from '../../host/tokens.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { ChangeReader } from './change-reader.js';
import { messagesFor } from './messages.js';

const LOOK = 'posthorn.stream.look';
const LOOK_EVERY_MS = 500;
const BEAT = 'posthorn.stream.beat';
const BEAT_EVERY_MS = 15_000;
/** After so many beats a stream ends, and its reader comes again: with a token that is still valid. */
const BEATS_OF_ONE_STREAM = 60;
/** Who has so much still to read does not read, bytes. */
const MOST_UNREAD = 256 * 1024;
/** The most readers of one instance. */
const MOST_READERS = 500;

interface Reader {
  response: ServerResponse;
  viewer: Viewer;
  beats: number;
}

/**
 * Those who watch this instance. One look at the database, twice a second, is for all of them; without any there is
 * none. A reader who does not keep up is let go: it comes again and reads the list anew.
 */
@Injectable()
export class StreamReaders implements OnModuleDestroy {
  private readonly logger = new Logger('Stream');
  private readonly readers = new Set<Reader>();
  private starting: Promise<void> | null = null;
  private looking: Promise<void> | null = null;

  constructor(
    private readonly changes: ChangeReader,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {}

  /** How many there are. */
  get count(): number {
    return this.readers.size;
  }

  /**
   * Answers with a stream of what changes from now on.
   *
   * @throws {EnvelopeError} 503 when too many watch already
   */
  async add(response: ServerResponse, viewer: Viewer): Promise<void> {
    if (this.readers.size >= MOST_READERS) {
      throw new EnvelopeError(
        HttpStatus.SERVICE_UNAVAILABLE,
        'ServiceUnavailableError',
        `${MOST_READERS} readers watch this instance already.`,
      );
    }
    const reader: Reader = { response, viewer, beats: 0 };
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
      // For proxies that would gather it.
      'X-Accel-Buffering': 'no',
    });
    this.write(reader, ': open\n\n');
  }

  /** Looks now, and tells everyone. While it is at it, calling it again waits for the same look. */
  async look(): Promise<void> {
    this.looking ??= this.lookNow().finally(() => {
      this.looking = null;
    });
    await this.looking;
  }

  onModuleDestroy(): void {
    for (const reader of this.readers) {
      this.remove(reader);
      reader.response.end();
    }
  }

  private async start(): Promise<void> {
    try {
      await this.changes.start();
    } catch (error) {
      this.starting = null;
      throw error;
    }
    if (this.readers.size === 0) return this.stop();
    runEvery(this.schedule, LOOK, LOOK_EVERY_MS, () => void this.look());
    runEvery(this.schedule, BEAT, BEAT_EVERY_MS, () => this.beat());
  }

  private stop(): void {
    this.starting = null;
    stopRunning(this.schedule, LOOK);
    stopRunning(this.schedule, BEAT);
  }

  private async lookNow(): Promise<void> {
    try {
      const seen = await this.changes.look();
      for (const reader of this.readers) {
        const text = messagesFor(seen, reader.viewer);
        if (text !== '') this.write(reader, text);
      }
    } catch (error) {
      this.logger.debug(`What changed cannot be read now: ${(error as Error).message}`);
    }
  }

  private beat(): void {
    for (const reader of this.readers) {
      reader.beats += 1;
      if (reader.beats >= BEATS_OF_ONE_STREAM) reader.response.end();
      else this.write(reader, ': here\n\n');
    }
  }

  private write(reader: Reader, text: string): void {
    const { response } = reader;
    if (!response.headersSent || response.writableEnded) return;
    if (response.writableLength > MOST_UNREAD) {
      this.remove(reader);
      response.destroy();
    } else response.write(text);
  }

  private remove(reader: Reader): void {
    if (this.readers.delete(reader) && this.readers.size === 0) this.stop();
  }
}
