import { RE2JS } from 're2js';

const LONGEST_PATTERN = 256;
const LARGEST_PROGRAM = 1_000;
/** At worst every instruction of the pattern is looked at for each character. */
const INSTRUCTIONS_PER_STEP = 2;

/**
 * The pattern of `matches`, by RE2's rules as CEL wants it: it takes time in proportion to the text, whatever the
 * pattern, where JavaScript's own expressions may take forever.
 */
export interface FilterPattern {
  /** Whether it occurs anywhere in a text. */
  occursIn(text: string): boolean;
  /** What a search costs at worst, in steps a character. */
  readonly stepsPerCharacter: number;
}

/** @throws a sentence, when it is none or too large */
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
