/**
 * A URL, null where the text is none. Not `URL.canParse`: Node 20's, once it is optimised, refuses what has letters of
 * Latin-1 (`https://bücher.example`).
 */
export function parsedUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
