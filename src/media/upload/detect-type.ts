import { open } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';
import { normalizeMimeType } from './file-name.js';
import { findInlineExtension, getInlineType } from './inline-types.js';

/** The number of bytes that the detection of text and markup reads: licences and metadata stand before some markup. */
const HEAD_BYTES = 65_536;

const UNKNOWN = 'application/octet-stream';

/** Office formats before 2007 share one container (CFB), so the sender's type decides between them. */
const OLD_OFFICE: readonly string[] = [
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-outlook',
  'application/vnd.ms-powerpoint',
];

/** Types of text files. */
const TEXT_TYPE =
  /^(text\/.+|application\/(json|javascript|ecmascript|yaml|toml|xml|sql|x-ndjson|x-yaml|x-sh|xhtml\+xml|[\w.-]+\+(json|xml)))$/;

/** Kinds of text whose first character tells that a text is none of them: JSON, and markup that is not recognized. */
const TOLD_BY_START: readonly (readonly [RegExp, RegExp])[] = [
  [/^application\/(json|[\w.-]+\+json)$/, /^\s*["[{\dtfn-]/],
  [/^(text\/(html|xml)|application\/(xml|[\w.-]+\+xml))$/, /^\s*</],
];

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** Element names with which HTML begins (WHATWG MIME Sniffing, 7.1). */
const HTML_START =
  /^<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)(?=[\s>/])/i;

/**
 * Detects a file's media type from its bytes (content sniffing): images, videos, archives and markup are recognized
 * whatever the sender claimed. The claim decides only between types that the bytes do not tell apart: kinds of text, and
 * the old Office formats. Bytes that are neither text nor recognized are `application/octet-stream`.
 *
 * @param path the path of the bytes
 * @param declared the type that the sender claimed
 */
export async function detectType(path: string, declared: string): Promise<string> {
  const known = (await fileTypeFromFile(path))?.mime;
  return decideType(await readHead(path), known, normalizeMimeType(declared));
}

/**
 * Decides the media type.
 *
 * @param head the beginning of the file
 * @param known the type by its magic number; undefined: not recognized
 * @param declared the type that the sender claimed, in lower case
 */
export function decideType(head: Buffer, known: string | undefined, declared: string): string {
  const text = decodeText(head);
  // Browsers treat a file that begins like HTML as a page, so markup wins over the magic number.
  const markup = detectMarkup(text);
  if (markup !== null) return markup;
  if (known !== undefined) {
    if (known === 'application/x-cfb' && OLD_OFFICE.includes(declared)) return declared;
    return normalizeMimeType(known.split(';', 1)[0] ?? '');
  }
  if (head.length === 0) return UNKNOWN;
  // A file without control characters is text.
  if (CONTROL.test(text)) return UNKNOWN;
  return TEXT_TYPE.test(declared) && mayBe(declared, text) ? declared : 'text/plain';
}

function mayBe(type: string, text: string): boolean {
  return TOLD_BY_START.every(([types, start]) => !types.test(type) || start.test(text));
}

/** The allowed extensions of markup; with them it is served as a download. */
const MARKUP_EXTENSIONS: Record<string, readonly string[]> = {
  'text/html': ['.html', '.htm'],
  'application/xhtml+xml': ['.xhtml', '.html'],
  'image/svg+xml': ['.svg'],
};

/**
 * Chooses the extension of a file's URL: the one of its name where it fits the bytes. Files are served by extension, so
 * markup gets a markup extension, and a text or an archive named `.png` is not served as an image.
 *
 * @returns empty: the file is served as a download
 */
export function chooseExtension(ext: string, mime: string): string {
  const fitting = MARKUP_EXTENSIONS[mime];
  if (fitting) return fitting.includes(ext.toLowerCase()) ? ext : (fitting[0] as string);
  const served = getInlineType(`file${ext}`);
  if (served === undefined || kindOf(served) === kindOf(mime)) return ext;
  return findInlineExtension(mime) ?? '';
}

/** A player takes sound and film alike; texts of all types are shown as text. */
function kindOf(mime: string): string {
  const bare = mime.split(';', 1)[0] as string;
  if (TEXT_TYPE.test(bare)) return 'text';
  if (/^(audio|video)\//.test(bare) || bare === 'application/ogg') return 'media';
  return bare.startsWith('image/') ? 'image' : bare;
}

/** Whether a media type is accepted. */
export function isAllowedType(mime: string, allowedTypes: readonly string[]): boolean {
  const [kind] = mime.split('/');
  return allowedTypes.some((type) => [mime, `${kind}/*`, '*/*'].includes(type.toLowerCase()));
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Decodes text by its byte order mark; without one as UTF-8, whose ASCII part fits most encodings. */
function decodeText(head: Buffer): string {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(head);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(head);
  return new TextDecoder('utf-8').decode(head);
}

/** Detects the type of markup; null: no markup. */
function detectMarkup(text: string): string | null {
  const start = skipPrologue(text);
  if (HTML_START.test(start))
    return text.trimStart().startsWith('<?xml') ? 'application/xhtml+xml' : 'text/html';
  if (/^<(!doctype svg|svg|[a-z]{1,16}:svg)(?=[\s>/])/i.test(start)) return 'image/svg+xml';
  if (text.trimStart().startsWith('<?xml')) return 'application/xml';
  return text.trimStart().startsWith('<!--') ? 'text/html' : null;
}

/** Returns the text from its first element or document type on: skips white space, `<?…?>` and comments. */
function skipPrologue(text: string): string {
  let rest = text.trimStart();
  for (;;) {
    const end = rest.startsWith('<?') ? '?>' : rest.startsWith('<!--') ? '-->' : null;
    if (end === null) return rest;
    const at = rest.indexOf(end);
    if (at === -1) return '';
    rest = rest.slice(at + end.length).trimStart();
  }
}
