/** What ends a URL in a text. */
const BETWEEN = /([\s'"]+)/;

/** Replaces the user and the password of every URL in a text, also of one that is no URL for a missing character. */
export function maskCredentials(text: string): string {
  return text.split(BETWEEN).map(maskWord).join('');
}

function maskWord(word: string): string {
  const colon = word.indexOf(':');
  const end = word.lastIndexOf('@');
  if (colon === -1 || end < colon) return word;
  const begin = word.startsWith('//', colon + 1) ? colon + 3 : colon + 1;
  return `${word.slice(0, begin)}…${word.slice(end)}`;
}
