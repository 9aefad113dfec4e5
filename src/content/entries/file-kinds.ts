import type { FileKind } from '../content-type.js';

const KINDS = new Map<string, FileKind>([
  ['image', 'images'],
  ['video', 'videos'],
  ['audio', 'audios'],
]);

/** What kind of file a media type is: `image/png` is one of the images, `application/pdf` of the files. */
export function fileKindOf(mime: string): FileKind {
  return KINDS.get(mime.split('/', 1)[0]?.toLowerCase() ?? '') ?? 'files';
}
