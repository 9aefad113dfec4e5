/** A body with line breaks and indents, where it is JSON; null where it is not. */
export function formattedJson(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}
