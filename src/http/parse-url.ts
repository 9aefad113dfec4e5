/**
 * Parses a URL; null where the text is none. `URL.canParse` is not used, because the one of Node 20, once V8 has
 * optimised it, refuses texts with Latin-1 letters (`https://bücher.example`).
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
