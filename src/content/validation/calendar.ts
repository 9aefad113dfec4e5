const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?$/;

/** The greatest time of JavaScript's Date, epoch milliseconds; the least is its negative. */
const GREATEST_TIMESTAMP = 8.64e15;

/** Whether text is an existing date: `2020-02-29` is, `2021-02-29` is not. */
export function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  // `Date.parse` converts the 30th of February to the 1st of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Whether text is an ISO 8601 time with a UTC offset. */
export function isDatetime(text: string): boolean {
  return DATETIME.test(text) && isDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}

/** Whether text is a time of day: `12:30`, `12:30:00` or `12:30:00.000`. */
export function isTime(text: string): boolean {
  return TIME.test(text);
}

/** Completes a time of day to milliseconds: `12:30:00.000`. */
export function normalizeTime(text: string): string {
  const [hours = '', minutes = '', seconds = '00'] = text.split(':');
  const [whole = '', parts = ''] = seconds.split('.');
  return `${hours}:${minutes}:${whole}.${parts.padEnd(3, '0')}`;
}

/** Whether a value is a point in time: an ISO 8601 time, or epoch milliseconds as a number or as text. */
export function isTimestamp(value: unknown): boolean {
  if (typeof value === 'string' && isDatetime(value)) return true;
  const digits = typeof value === 'number' ? value : parseEpochMs(value);
  return Number.isInteger(digits) && Math.abs(digits) <= GREATEST_TIMESTAMP;
}

/** Converts a value that {@link isTimestamp} accepts to epoch milliseconds. */
export function parseTimestamp(value: string | number): number {
  if (typeof value === 'number') return value;
  const digits = parseEpochMs(value);
  return Number.isNaN(digits) ? Date.parse(value) : digits;
}

function parseEpochMs(value: unknown): number {
  return typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
}
