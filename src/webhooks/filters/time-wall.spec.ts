import { runWithin } from './time-wall.js';

describe('The wall', () => {
  it.each<[string, () => void]>([
    [
      'a loop without end',
      () => {
        for (;;);
      },
    ],
    ['a regular expression that goes back and forth', () => void /^(a+)+$/.test(`${'a'.repeat(100)}b`)],
    [
      'what catches all errors',
      () => {
        for (;;) {
          try {
            for (;;);
          } catch {
            // On and on.
          }
        }
      },
    ],
  ])('stops %s', (_, work) => {
    const { stackTraceLimit } = Error;
    expect(
      runWithin(20, () => {
        Error.stackTraceLimit = 0;
        work();
      }),
    ).toBe(false);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });

  it('lets work end, and passes its error on', () => {
    let done = 0;
    expect(runWithin(10_000, () => (done += 1))).toBe(true);
    expect(() => runWithin(10_000, () => JSON.parse('{'))).toThrow(SyntaxError);
    expect(done).toBe(1);
  });
});
