import { RE2JS } from 're2js';

/** Matches texts; Ajv tells compiled patterns apart by their `toString`. */
export interface SchemaPattern {
  /** Whether the pattern matches somewhere in a text, in time linear in the text's length. */
  test(text: string): boolean;
  toString(): string;
}

/** `\k<name>`: the translation would turn it into the letter k. */
const NAMED_BACKREFERENCE = /^(?:[^\\]|\\[^k])*\\k/s;

/**
 * Compiles a `pattern` of a JSON Schema, or a name of its `patternProperties`. Patterns run on RE2, in linear time:
 * JavaScript's own regular expressions can hold the process for good over a long text.
 *
 * @param pattern in the syntax of JavaScript, as JSON Schema has it
 * @throws {Error} with a sentence, for what RE2 does not have: lookahead, lookbehind and backreferences
 */
export function compileSchemaPattern(pattern: string): SchemaPattern {
  try {
    if (NAMED_BACKREFERENCE.test(pattern)) throw new Error('backreference: `\\k`');
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
  } catch (error) {
    throw new Error(
      `the pattern ${JSON.stringify(pattern)} cannot be used: patterns run on RE2, which has no lookahead, lookbehind or backreferences (${(error as Error).message})`,
      { cause: error },
    );
  }
}
