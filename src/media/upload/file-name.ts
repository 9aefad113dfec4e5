import { extname } from 'node:path';

const LONGEST_NAME = 255;

// Names are shown and used as download names: no path traversal on any operating system.
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Characters that turn the direction of text: `invoice<U+202E>fdp.exe` is shown as `invoiceexe.pdf`. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/**
 * Validates a file's name.
 *
 * @returns the problem; null: the name is valid
 */
export function findFileNameProblem(name: string): string | null {
  if (name.trim() === '') return 'a file name must not be empty';
  if (name.length > LONGEST_NAME) return `a file name must be at most ${LONGEST_NAME} characters`;
  if (FORBIDDEN.test(name)) return 'a file name must not contain < > : " / \\ | ? * or control characters';
  if (name.trim() === '.' || name.trim() === '..') return 'a file name must not be a folder: . or ..';
  if (BIDI.test(name)) return 'a file name must not contain characters that turn the direction of text';
  return null;
}

/**
 * Returns a file's extension with its dot, as its URL has it.
 *
 * @returns empty when the name has none, or one other than 1 to 16 letters and digits
 */
export function getExtension(name: string): string {
  const ext = extname(name);
  return /^\.[A-Za-z0-9]{1,16}$/.test(ext) ? ext : '';
}

/** Normalizes the media type that the sender claimed; `application/octet-stream` if it is malformed. */
export function normalizeMimeType(sent: string): string {
  return /^[\w.+-]{1,127}\/[\w.+-]{1,127}$/.test(sent) ? sent.toLowerCase() : 'application/octet-stream';
}
