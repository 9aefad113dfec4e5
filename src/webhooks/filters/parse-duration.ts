/** The longest duration of CEL, about 10,000 years, in seconds. */
const MOST_SECONDS = 315_576_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
/** The longest text of a duration, in characters. Each of its parts takes some steps. */
export const LONGEST_DURATION = 100;
/** Digits of a part: more are out of range in every unit. */
const MOST_DIGITS = 21;
/** Digits of a fraction that count: those of an hour in nanoseconds. */
const FRACTION_DIGITS = 13;

const NANOS: Readonly<Record<string, bigint>> = {
  h: 3_600n * NANOS_PER_SECOND,
  m: 60n * NANOS_PER_SECOND,
  s: NANOS_PER_SECOND,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};

/**
 * Parses a duration such as `-1h30m` or `1.5s` (Go's `ParseDuration`), in time linear in its length: the pattern matches
 * each part where the one before ended, and has one way to do so.
 *
 * @returns the same duration in seconds and nanoseconds, `-5400s0ns`; null: it is none, too long or out of range
 */
export function normalizeDuration(text: string): string | null {
  if (text.length > LONGEST_DURATION) return null;
  const hasSign = text.startsWith('-') || text.startsWith('+');
  const part = /(\d*)(?:\.(\d*))?(ns|us|µs|ms|s|m|h)/y;
  part.lastIndex = hasSign ? 1 : 0;
  if (part.lastIndex === text.length) return null;
  let nanos = 0n;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (!match) return null;
    const [, whole = '', fraction = '', unit = ''] = match;
    if (whole.length > MOST_DIGITS) return null;
    const perUnit = NANOS[unit] ?? 0n;
    const tenths = BigInt(fraction.slice(0, FRACTION_DIGITS).padEnd(FRACTION_DIGITS, '0'));
    nanos += BigInt(whole) * perUnit + (tenths * perUnit) / 10n ** BigInt(FRACTION_DIGITS);
    if (nanos > MOST_SECONDS * NANOS_PER_SECOND) return null;
  }
  const sign = text.startsWith('-') ? '-' : '';
  return `${sign}${nanos / NANOS_PER_SECOND}s${nanos % NANOS_PER_SECOND}ns`;
}
