import { toCurl } from '../../src/dashboard/page/format/curl.js';
import { duration } from '../../src/dashboard/page/format/durations.js';
import { axisMark, axisMarks } from '../../src/dashboard/page/format/times.js';
import { percent } from '../../src/dashboard/page/format/numbers.js';

describe('What the page writes', () => {
  it('is a curl command for any body and header, without what is masked and without a length', () => {
    expect(
      toCurl({
        url: "https://example.com/a?b='c'",
        headers: { 'Content-Type': 'application/json', Authorization: '••••••', 'Content-Length': '9' },
        body: `{"it's": "$HOME"}`,
      }),
    ).toBe(
      [
        `curl -X POST 'https://example.com/a?b='\\''c'\\'''`,
        `-H 'Content-Type: application/json'`,
        `-H 'Authorization: <Authorization>'`,
        `--data-raw '{"it'\\''s": "$HOME"}'`,
      ].join(' \\\n  '),
    );
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_500, '1.5 s'],
    [59_000, '59 s'],
    [312_000, '5 min 12 s'],
    [7_500_000, '2 h 5 min'],
    [3_600_000, '1 h'],
    [273_600_000, '3 d 4 h'],
  ])('is the length of time %d as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [null, '–'],
    [1, '100 %'],
    [0, '0 %'],
    [0.99999, '99.99 %'],
    [0.9951, '99.51 %'],
    [0.5, '50 %'],
    [0.0001, '0.1 %'],
  ])('is the share %d as %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });

  it('marks a chart at round times of the reader, and leaves it alone where there are none', () => {
    const from = new Date(2026, 10, 24, 21, 20).getTime();
    const stepsOf = (minutes: number) =>
      Array.from({ length: 12 }, (_, n) => new Date(from + n * minutes * 60_000).toISOString());
    expect(axisMarks(stepsOf(20), 24)).toBeUndefined();
    expect(axisMarks(stepsOf(80), 24)).toEqual(['00:00', '12:00']);
    expect(axisMarks(stepsOf(20), 6)).toEqual(['22:00', '23:00', '00:00', '01:00']);
    expect(axisMarks(stepsOf(1600), 168)?.map(axisMark)).toEqual(['Thu', 'Sun']);
  });
});
