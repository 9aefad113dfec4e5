import { toLogLine, toLogStack } from './log-text.js';

/** A message of the JSON parser's own. */
function parseFault(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It is valid JSON.');
}

describe('toLogLine', () => {
  it('leaves a sentence as it is', () => {
    const sentence = 'Leases could not be renewed now: größer als „erlaubt“.';
    expect(toLogLine(sentence)).toBe(sentence);
  });

  it('escapes what would end the line or steer a terminal', () => {
    const text = 'a\r\nforged\u001b[2J\u009b1m\u007f\u2028\u202egnp.exe\t';
    expect(toLogLine(text)).toBe('a\\u000d\\nforged\\u001b[2J\\u009b1m\\u007f\\u2028\\u202egnp.exe\\t');
  });

  it('is bounded', () => {
    expect(toLogLine('a'.repeat(100_000))).toBe(`${'a'.repeat(4_000)}… (96000 characters more)`);
  });

  it.each([
    ['the JSON parser', `A step failed: ${parseFault('{"name": canary}')}`],
    ['the JSON parser of a long text', parseFault(`{"canary":1,"b": canary${'c'.repeat(200)}}`)],
    ['MySQL of a key', "Duplicate entry 'canary' for key 'webhook_events.by_key'"],
    ['MySQL of a value', "Incorrect string value: '\\xF0canary' for column 'snapshot' at row 1"],
    ['MySQL of a number', "Truncated incorrect DOUBLE value: 'canary'"],
    ['MySQL of a statement', "You have an error in your SQL syntax near 'canary' at line 1"],
  ])('leaves out the data that an error of %s quotes', (_, message) => {
    expect(message).toContain('canary');
    expect(toLogLine(message)).not.toContain('canary');
  });
});

describe('toLogStack', () => {
  it('keeps the lines of a stack', () => {
    const { stack = '' } = new Error('It broke.');
    expect(toLogStack(stack)).toBe(stack);
  });

  it('lets no message begin a line of its own, and is bounded', () => {
    expect(toLogStack('Error: a\n[Posthorn] forged\u001b\n    at here')).toBe(
      'Error: a\n    [Posthorn] forged\\u001b\n    at here',
    );
    expect(toLogStack('a'.repeat(100_000)).length).toBeLessThan(16_100);
  });
});
