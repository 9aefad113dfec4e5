import { compileFilter } from './compile-filter.js';
import { FilterError } from './filter-error.js';
import { runWithin } from './time-wall.js';

/** The longest that compiling may take, milliseconds. The limits of a filter's text keep it to a tenth of that. */
const WALL_MS = 1_000;

/**
 * Checks that a filter can be saved: that it compiles, and in time.
 *
 * @throws {FilterError} with the position, as `compileFilter` does
 */
export function checkFilter(text: string): void {
  const isDone = runWithin(WALL_MS, () => void compileFilter(text));
  if (!isDone) throw FilterError.at(`it takes more than ${WALL_MS} milliseconds to compile`, text, 0);
}
