import { RE2JS } from 're2js';

const LONGEST_PATTERN = 256;
const LARGEST_PROGRAM = 1_000;
/** Instructions of all patterns of a filter. */
const MOST_INSTRUCTIONS = 2_000;
/** Each takes up to a millisecond to compile. */
const MOST_UNICODE_CLASSES = 20;
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
 * Compiles the patterns of one filter. Compiling is what costs most when a filter is saved or a process starts, so the
 * patterns of a filter are bounded together.
 */
export class PatternCompiler {
  private instructionsLeft = MOST_INSTRUCTIONS;
  private classesLeft = MOST_UNICODE_CLASSES;

  /** @throws {Error} with a sentence, when the text is no pattern of RE2 or too large */
  compile(pattern: string): FilterPattern {
    if (pattern.length > LONGEST_PATTERN) {
      throw new Error(`a pattern may have at most ${LONGEST_PATTERN} characters`);
    }
    this.classesLeft -= pattern.match(/\\p/gi)?.length ?? 0;
    if (this.classesLeft < 0) {
      throw new Error(
        `the patterns of a filter may have at most ${MOST_UNICODE_CLASSES} classes such as \\pL`,
      );
    }
    const compiled = RE2JS.compile(pattern);
    const size = compiled.programSize();
    this.instructionsLeft -= size;
    if (size > LARGEST_PROGRAM || this.instructionsLeft < 0) {
      throw new Error('the pattern repeats too much, so that searching for it would cost too much');
    }
    return {
      occursIn: (text) => compiled.matcher(text).find(),
      stepsPerCharacter: size / INSTRUCTIONS_PER_STEP,
    };
  }
}
