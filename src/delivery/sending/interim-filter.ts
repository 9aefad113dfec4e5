import type { Socket } from 'node:net';

/** The beginning of an interim answer, whichever minor version it names. */
const INTERIM = 'HTTP/1.x 1dd';
/** The status of the one interim answer that ends HTTP on the connection. */
const SWITCHING = '01';
const HEAD_END = '\r\n\r\n';

/** The most bytes of an interim answer that are waited for; a longer one is left to the HTTP parser, which refuses it. */
const LONGEST_HEAD = 64 * 1024;

/**
 * Takes interim answers (1xx) out of what a socket reads, `101 Switching Protocols` excepted. A server may send any number
 * of them though nobody asked (RFC 9110, 15.2), and a client has to pass over them; undici takes a `100 Continue`, also
 * one behind others, for a fault and closes the connection.
 */
export class InterimFilter {
  private held: Buffer | null = null;
  private isAnswerDue = false;
  private sawInterim = false;

  /** @param socket its `read` is replaced, which is all that undici calls */
  constructor(socket: Socket) {
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size?: number): Buffer | null => {
      for (;;) {
        const chunk = read(size);
        if (chunk === null || !this.isAnswerDue) return chunk;
        const rest = this.removeInterim(chunk);
        if (rest !== null) return rest;
      }
    };
  }

  /** Whether a part of an answer to the last request has come that the parser has not seen. */
  get hasHeldBack(): boolean {
    return this.sawInterim || this.held !== null;
  }

  /** A request goes out: what comes next is the beginning of its answer. */
  expectAnswer(): void {
    this.isAnswerDue = true;
    this.sawInterim = false;
  }

  /** @returns what is not of an interim answer; null: nothing yet */
  private removeInterim(chunk: Buffer): Buffer | null {
    let bytes = this.held ? Buffer.concat([this.held, chunk]) : chunk;
    this.held = null;
    while (bytes.length > 0) {
      const end = beginsInterim(bytes) ? bytes.indexOf(HEAD_END) : 0;
      if (end === -1 && bytes.length < LONGEST_HEAD) {
        this.held = bytes;
        return null;
      }
      if (end <= 0) {
        this.isAnswerDue = false;
        return bytes;
      }
      this.sawInterim = true;
      bytes = bytes.subarray(end + HEAD_END.length);
    }
    return null;
  }
}

/** Whether bytes begin an interim answer, or may when more of them come. */
function beginsInterim(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, INTERIM.length);
  for (let at = 0; at < length; at += 1) {
    const expected = INTERIM[at] as string;
    if (expected === 'd' ? !isDigit(bytes[at]) : expected !== 'x' && bytes[at] !== expected.charCodeAt(0)) {
      return false;
    }
  }
  return bytes.toString('latin1', INTERIM.length - SWITCHING.length, INTERIM.length) !== SWITCHING;
}

function isDigit(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
