import { extname } from 'node:path';

/** Types that browsers may show inline, because they cannot carry scripts. HTML, SVG and XML are excluded. */
const INLINE: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.aac': 'audio/aac',
  '.flac': 'audio/flac',
  '.m4a': 'audio/mp4',
  '.mp3': 'audio/mpeg',
  '.oga': 'audio/ogg',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
  '.mov': 'video/quicktime',
  '.mp4': 'video/mp4',
  '.ogv': 'video/ogg',
  '.webm': 'video/webm',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain; charset=utf-8',
};

/** Gets the type under which a file is shown inline, from the extension of its name; undefined: it is a download. */
export function getInlineType(fileName: string): string | undefined {
  return INLINE[extname(fileName).toLowerCase()];
}

/** Finds an extension under which files of a type are shown inline; undefined: there is none. */
export function findInlineExtension(mime: string): string | undefined {
  return Object.keys(INLINE).find((ext) => INLINE[ext]?.split(';', 1)[0] === mime);
}
