/** What the parser of forms writes in place of bytes that are not UTF-8. */
const REPLACEMENT = '\u{fffd}';

/**
 * Validates the encoding of a form's text, which the parser decodes in silence.
 *
 * @param what names the text in the sentence
 * @returns the problem; null: the text is valid
 */
export function findEncodingProblem(what: string, text: string): string | null {
  return text.includes(REPLACEMENT)
    ? `${what} must be UTF-8, and without the character U+FFFD, which stands for bytes that are not`
    : null;
}
