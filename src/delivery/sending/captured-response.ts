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

/**
 * Reads a response's body, keeps its beginning and holds nothing of the rest.
 *
 * @throws what the stream fails with
 */
export async function captureBody(stream: Readable): Promise<CapturedBody> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (size < CAPTURED_BYTES) kept.push(chunk.subarray(0, CAPTURED_BYTES - size));
    size += chunk.length;
    if (size > CAPTURED_BYTES + DISCARDED_BYTES) {
      stream.destroy();
      break;
    }
  }
  return { text: textOf(kept), truncated: size > CAPTURED_BYTES };
}

/** A character that the limit cuts is left out rather than replaced. */
function textOf(chunks: Buffer[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(chunks), { stream: true });
}
