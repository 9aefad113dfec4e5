import { Readable } from 'node:stream';
import { CAPTURED_BYTES, captureBody } from './captured-response.js';

describe('captureBody', () => {
  it.each([
    ['nothing', [], '', false],
    ['a short body', ['hel', 'lo'], 'hello', false],
    ['exactly the limit', ['a'.repeat(CAPTURED_BYTES)], 'a'.repeat(CAPTURED_BYTES), false],
    ['more than the limit', ['a'.repeat(CAPTURED_BYTES), 'b'], 'a'.repeat(CAPTURED_BYTES), true],
    [
      'a character across the limit',
      [`${'a'.repeat(CAPTURED_BYTES - 1)}ä`],
      'a'.repeat(CAPTURED_BYTES - 1),
      true,
    ],
  ])('keeps of %s what it should', async (_, chunks, text, truncated) => {
    const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
    expect(await captureBody(stream)).toEqual({ text, truncated });
  });

  it('stops reading a body without end', async () => {
    let sent = 0;
    const endless = new Readable({
      read() {
        sent += 65_536;
        this.push(Buffer.alloc(65_536, 'x'));
      },
    });
    expect((await captureBody(endless)).truncated).toBe(true);
    expect(endless.destroyed).toBe(true);
    expect(sent).toBeLessThan(1_000_000);
  });
});
