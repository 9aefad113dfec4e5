/** How the files of an image type begin, hexadecimal; in WebP the length of the file stands in between. */
const BEGINNINGS: [type: string, begins: RegExp][] = [
  ['image/png', /^89504e470d0a1a0a/],
  ['image/jpeg', /^ffd8ff/],
  ['image/gif', /^47494638(37|39)61/],
  ['image/webp', /^52494646.{8}57454250/],
];

/**
 * Detects the type of an image by its first bytes. SVG is none: it is a document that can hold scripts.
 *
 * @returns `image/png` and so on; null: none of the known ones
 */
export function detectImageType(bytes: Buffer): string | null {
  const start = bytes.subarray(0, 16).toString('hex');
  return BEGINNINGS.find(([, begins]) => begins.test(start))?.[0] ?? null;
}
