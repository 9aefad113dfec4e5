import { open } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';
import { normalizeMimeType } from './file-name.js';

/** So much of a file decides whether it is text, and of what kind. */
const HEAD_BYTES = 4_096;

const UNKNOWN = 'application/octet-stream';

/** Word, Excel and their kin of before 2007 are one container; which of them it is, its bytes tell late. */
const OLD_OFFICE: readonly string[] = [
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-outlook',
  'application/vnd.ms-powerpoint',
];

/** Types beside `text/*` whose files are text. */
const TEXT_TYPE =
  /^(text\/.+|application\/(json|javascript|ecmascript|yaml|toml|xml|sql|x-ndjson|x-yaml|x-sh|xhtml\+xml|[\w.-]+\+(json|xml)))$/;

/** Types of binary files that would be known by their bytes, or that are none. */
const KNOWN_BY_BYTES = /^((audio|image|multipart|text|video)\/.+|application\/(gzip|pdf|zip|octet-stream))$/;

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** Element names with which HTML begins (WHATWG MIME Sniffing, 7.1). */
const HTML_START =
  /^<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)(?=[\s>/])/i;

/**
 * What a file is. Its bytes say it where they can: what is a picture, a film, an archive or markup is that whatever
 * its sender called it. Only what no bytes tell apart (kinds of text, rare binary formats) is taken from the sender,
 * and never what would make it more than it is.
 *
 * @param path where its bytes are
 * @param declared the type that the sender named
 */
export async function detectType(path: string, declared: string): Promise<string> {
  const known = (await fileTypeFromFile(path))?.mime;
  return decideType(await readHead(path), known, normalizeMimeType(declared));
}

/**
 * @param head the file's beginning
 * @param known what its magic number says; undefined: nothing
 * @param declared the type that the sender named, in small letters
 */
export function decideType(head: Buffer, known: string | undefined, declared: string): string {
  const text = decodeText(head);
  // Browsers take for a page what begins like one, whatever comes after.
  const markup = detectMarkup(text);
  if (markup !== null) return markup;
  if (known !== undefined) {
    if (known === 'application/x-cfb' && OLD_OFFICE.includes(declared)) return declared;
    return normalizeMimeType(known.split(';', 1)[0] ?? '');
  }
  if (head.length === 0) return UNKNOWN;
  // Control characters are in no text.
  if (!CONTROL.test(text)) return TEXT_TYPE.test(declared) ? declared : 'text/plain';
  return KNOWN_BY_BYTES.test(declared) || TEXT_TYPE.test(declared) ? UNKNOWN : declared;
}

/** Extensions by which markup is served as what it is: a download. */
const MARKUP_EXTENSIONS: Record<string, readonly string[]> = {
  'text/html': ['.html', '.htm'],
  'application/xhtml+xml': ['.xhtml', '.html'],
  'image/svg+xml': ['.svg'],
};

/**
 * The extension that a file has in its URL: its name's, but for markup that is called something else. A file is served
 * by its extension, and a page that calls itself a picture is none.
 */
export function chooseExtension(ext: string, mime: string): string {
  const fitting = MARKUP_EXTENSIONS[mime];
  if (!fitting || fitting.includes(ext.toLowerCase())) return ext;
  return fitting[0] as string;
}

/** Whether a type is one of those that are taken. */
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

/** A byte order mark says the encoding; without one it is UTF-8, or something whose ASCII reads the same. */
function decodeText(head: Buffer): string {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(head);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(head);
  return new TextDecoder('utf-8').decode(head);
}

/** Which markup text is, null when it is none. */
function detectMarkup(text: string): string | null {
  const start = skipPrologue(text);
  if (HTML_START.test(start))
    return text.trimStart().startsWith('<?xml') ? 'application/xhtml+xml' : 'text/html';
  if (/^<(!doctype svg|svg|[a-z]{1,16}:svg)(?=[\s>/])/i.test(start)) return 'image/svg+xml';
  if (text.trimStart().startsWith('<?xml')) return 'application/xml';
  return text.trimStart().startsWith('<!--') ? 'text/html' : null;
}

/** The text from its first element or document type on: without space, `<?…?>` and comments before it. */
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
