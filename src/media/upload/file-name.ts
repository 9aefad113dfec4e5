import { extname } from 'node:path';

const LONGEST_NAME = 255;

// Names are shown, and saved under by whoever downloads: none may lead elsewhere, on any system.
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f]/;

/** What is wrong with a file's name, null when nothing is. */
export function findFileNameProblem(name: string): string | null {
  if (name.trim() === '') return 'a file name must not be empty';
  if (name.length > LONGEST_NAME) return `a file name must be at most ${LONGEST_NAME} characters`;
  if (FORBIDDEN.test(name)) return 'a file name must not contain < > : " / \\ | ? * or control characters';
  return null;
}

/**
 * A file's extension with its dot, as it stands in its URL.
 *
 * @returns empty when the name has none, or one that is not of 1 to 16 letters and digits
 */
export function getExtension(name: string): string {
  const ext = extname(name);
  return /^\.[A-Za-z0-9]{1,16}$/.test(ext) ? ext : '';
}

/** The type that the sender named; bytes of no particular kind where that is no type. */
export function normalizeMimeType(sent: string): string {
  return /^[\w.+-]{1,127}\/[\w.+-]{1,127}$/.test(sent) ? sent.toLowerCase() : 'application/octet-stream';
}
