const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in its two largest units: `840 ms`, `3.2 s`, `5 min 12 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${Number((ms / SECOND).toFixed(1))} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return two(Math.round(ms / SECOND), 60, 'min', 's');
  if (ms < DAY) return two(Math.round(ms / MINUTE), 60, 'h', 'min');
  return two(Math.round(ms / HOUR), 24, 'd', 'h');
}

function two(small: number, perLarge: number, large: string, unit: string): string {
  const rest = small % perLarge;
  return `${Math.floor(small / perLarge)} ${large}${rest === 0 ? '' : ` ${rest} ${unit}`}`;
}

/** Milliseconds, or a dash where nothing was measured. */
export const durationOrNone = (ms: number | null): string => (ms === null ? '–' : duration(ms));
