import { isAscii } from 'node:buffer';
import type { Readable } from 'node:stream';

/** How much of a response body the history keeps, bytes. */
export const CAPTURED_BYTES = 16 * 1024;

/** How much more is read and discarded to reuse the connection, bytes; beyond it the connection is closed. */
const DISCARDED_BYTES = 128 * 1024;

/** The kept part of a response body. */
export interface CapturedBody {
  /** The first 16 KiB as text. */
  text: string;
  truncated: boolean;
}

/** Collects the beginning of a body from its chunks, and discards the rest. */
export class BodyCapture {
  private readonly kept: Buffer[] = [];
  private size = 0;

  /** Whether the body is so long that reading it to its end costs more than a new connection. */
  get isTooLong(): boolean {
    return this.size > CAPTURED_BYTES + DISCARDED_BYTES;
  }

  add(chunk: Buffer): void {
    if (this.size < CAPTURED_BYTES) this.kept.push(chunk.subarray(0, CAPTURED_BYTES - this.size));
    this.size += chunk.length;
  }

  toCapturedBody(): CapturedBody {
    return { text: decodeText(this.kept), truncated: this.size > CAPTURED_BYTES };
  }
}

/**
 * Reads a response body, keeps its beginning and discards the rest.
 *
 * @throws the error of the stream
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
  return capture.toCapturedBody();
}

/** Decodes UTF-8. A character that the limit cut is dropped, not replaced. */
function decodeText(chunks: Buffer[]): string {
  const [first] = chunks;
  if (!first) return '';
  const bytes = chunks.length === 1 ? first : Buffer.concat(chunks);
  // Creating a decoder costs more than the rest of the work for most answers.
  if (isAscii(bytes)) return bytes.toString('latin1');
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}
