import { isAscii } from 'node:buffer';
import type { Readable } from 'node:stream';

/** How much of a response's body the history keeps, bytes. */
export const CAPTURED_BYTES = 16 * 1024;

/** How much more is read and thrown away, so that the connection can be used again; past it, it is closed. */
const DISCARDED_BYTES = 128 * 1024;

/** What is kept of a response's body. */
export interface CapturedBody {
  /** The first 16 KiB as text. */
  text: string;
  truncated: boolean;
}

/** Keeps the beginning of a body that comes in pieces, and holds nothing of the rest. */
export class BodyCapture {
  private readonly kept: Buffer[] = [];
  private size = 0;

  /** Whether so much has come that reading on costs more than a new connection. */
  get isTooLong(): boolean {
    return this.size > CAPTURED_BYTES + DISCARDED_BYTES;
  }

  add(chunk: Buffer): void {
    if (this.size < CAPTURED_BYTES) this.kept.push(chunk.subarray(0, CAPTURED_BYTES - this.size));
    this.size += chunk.length;
  }

  captured(): CapturedBody {
    return { text: textOf(this.kept), truncated: this.size > CAPTURED_BYTES };
  }
}

/**
 * Reads a response's body, keeps its beginning and holds nothing of the rest.
 *
 * @throws what the stream fails with
 */
export async function captureBody(stream: Readable): Promise<CapturedBody> {
  const capture = new BodyCapture();
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    capture.add(chunk);
    if (capture.isTooLong) {
      stream.destroy();
      break;
    }
  }
  return capture.captured();
}

/** A character that the limit cuts is left out rather than replaced. */
function textOf(chunks: Buffer[]): string {
  const [first] = chunks;
  if (!first) return '';
  const bytes = chunks.length === 1 ? first : Buffer.concat(chunks);
  // Making a decoder costs more than all that most answers need.
  if (isAscii(bytes)) return bytes.toString('latin1');
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}
