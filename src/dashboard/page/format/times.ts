import { strings } from '../strings.js';
import { duration } from './durations.js';

const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' });

/** In the reader's own time zone: `24 Nov 2026, 21:40:03`. */
export const fullTime = (iso: string): string => FULL.format(new Date(iso));

/** The time of day alone, in the reader's own zone: `21:40`. */
export const clockTime = (iso: string): string => CLOCK.format(new Date(iso));

/** A sentence of the API with its times (ISO 8601, UTC) in the reader's own zone. */
export const withLocalTimes = (sentence: string): string =>
  sentence.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, fullTime);

/** What stands below a chart: the time, with the day where the chart shows several. */
export const axisTime = (iso: string, hours: number): string =>
  (hours > 24 ? DAY : CLOCK).format(new Date(iso));

/** What stands between the marks below a chart, minutes, by the hours that it shows. */
const MARKS: Record<number, number> = { 1: 10, 6: 60, 24: 180, 168: 1_440 };

/**
 * The times of a chart that are marked below it: round ones, in the reader's own zone.
 *
 * @returns undefined where too few are round: the chart marks what it likes
 */
export function axisMarks(times: readonly string[], hours: number): string[] | undefined {
  const marked = times.filter((iso) => {
    const at = new Date(iso);
    return (at.getHours() * 60 + at.getMinutes()) % (MARKS[hours] ?? 60) === 0;
  });
  return marked.length < 2 ? undefined : marked.map((iso) => axisTime(iso, hours));
}

/** What is written below a mark of {@link axisMarks}: a day begins at midnight, which need not be said. */
export const axisMark = (time: string): string => time.replace(/ 00:00$/, '');

/** How far a time is from now: `3 min ago`, `in 5 min`. */
export function relativeTime(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  if (Math.abs(ms) < 1_000) return strings.words.now;
  const length = duration(Math.round(Math.abs(ms) / 1_000) * 1_000);
  return ms > 0 ? strings.words.in(length) : strings.words.ago(length);
}

/** What `<input type="datetime-local">` holds, of an ISO time; empty without one. */
export function toLocalInput(iso: string | undefined): string {
  if (!iso || Number.isNaN(Date.parse(iso))) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The ISO time of what `<input type="datetime-local">` holds; undefined where it holds none. */
export function fromLocalInput(text: string): string | undefined {
  const at = new Date(text);
  return text === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
