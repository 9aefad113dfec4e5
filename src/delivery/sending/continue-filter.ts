import type { Socket } from 'node:net';

/** The beginning of an interim answer 100, whichever minor version it names. */
const CONTINUE = 'HTTP/1.x 100';
const HEAD_END = '\r\n\r\n';

/** The most bytes of an interim answer that are waited for; a longer one is left to the HTTP parser, which refuses it. */
const LONGEST_HEAD = 64 * 1024;

/**
 * Takes `100 Continue` out of what a socket reads. A server may send it though nobody asked (RFC 9110, 15.2.1), and a
 * client has to pass over it; undici takes it for a fault and closes the connection.
 */
export class ContinueFilter {
  private held: Buffer | null = null;
  private isAnswerDue = false;
  private sawContinue = false;

  /** @param socket its `read` is replaced, which is all that undici calls */
  constructor(socket: Socket) {
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size?: number): Buffer | null => {
      for (;;) {
        const chunk = read(size);
        if (chunk === null || !this.isAnswerDue) return chunk;
        const rest = this.removeContinue(chunk);
        if (rest !== null) return rest;
      }
    };
  }

  /** Whether a part of an answer to the last request has come that the parser has not seen. */
  get hasHeldBack(): boolean {
    return this.sawContinue || this.held !== null;
  }

  /** A request goes out: what comes next is the beginning of its answer. */
  expectAnswer(): void {
    this.isAnswerDue = true;
    this.sawContinue = false;
  }

  /** @returns what is not of an interim answer; null: nothing yet */
  private removeContinue(chunk: Buffer): Buffer | null {
    let bytes = this.held ? Buffer.concat([this.held, chunk]) : chunk;
    this.held = null;
    while (bytes.length > 0) {
      const end = beginsContinue(bytes) ? bytes.indexOf(HEAD_END) : 0;
      if (end === -1 && bytes.length < LONGEST_HEAD) {
        this.held = bytes;
        return null;
      }
      if (end <= 0) {
        this.isAnswerDue = false;
        return bytes;
      }
      this.sawContinue = true;
      bytes = bytes.subarray(end + HEAD_END.length);
    }
    return null;
  }
}

/** Whether bytes begin an interim answer 100, or may when more of them come. */
function beginsContinue(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, CONTINUE.length);
  for (let at = 0; at < length; at += 1) {
    if (CONTINUE[at] !== 'x' && bytes[at] !== CONTINUE.charCodeAt(at)) return false;
  }
  return true;
}
