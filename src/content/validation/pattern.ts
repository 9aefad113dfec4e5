import { RE2JS } from 're2js';

const compiled = new Map<string, RE2JS>();

/**
 * What is wrong with a pattern, null when nothing is. Patterns are RE2's: what they cannot do (looking ahead or behind,
 * references back) is what makes others take for ever.
 */
export function patternProblem(pattern: string): string | null {
  try {
    compile(pattern);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Whether text has a match of a pattern somewhere, in a time that grows with the text's length alone.
 *
 * @throws when {@link patternProblem} has something to say
 */
export function hasMatch(pattern: string, text: string): boolean {
  return compile(pattern).matcher(text).find();
}

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const made = RE2JS.compile(pattern);
  compiled.set(pattern, made);
  return made;
}
