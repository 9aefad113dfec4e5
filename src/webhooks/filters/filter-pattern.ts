import { RE2JS } from 're2js';

const LONGEST_PATTERN = 256;
const LARGEST_PROGRAM = 1_000;
/** In the worst case RE2 runs every instruction of the pattern for each character. */
const INSTRUCTIONS_PER_STEP = 2;

/**
 * A pattern of `matches`, in the syntax of RE2, as CEL specifies. RE2 takes linear time for every pattern; JavaScript's
 * regular expressions can take exponential time.
 */
export interface FilterPattern {
  /** Whether the pattern matches anywhere in a text. */
  occursIn(text: string): boolean;
  /** The worst cost of a search, in steps a character. */
  readonly stepsPerCharacter: number;
}

/**
 * Compiles a pattern.
 *
 * @throws {Error} with a sentence, when the text is no pattern of RE2 or too large
 */
export function compilePattern(pattern: string): FilterPattern {
  if (pattern.length > LONGEST_PATTERN) {
    throw new Error(`a pattern may have at most ${LONGEST_PATTERN} characters`);
  }
  const compiled = RE2JS.compile(pattern);
  const size = compiled.programSize();
  if (size > LARGEST_PROGRAM) {
    throw new Error('the pattern repeats too much, so that searching for it would cost too much');
  }
  return {
    occursIn: (text) => compiled.matcher(text).find(),
    stepsPerCharacter: size / INSTRUCTIONS_PER_STEP,
  };
}
