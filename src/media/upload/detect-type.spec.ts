import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildFileHeaders } from '../rest/uploads.controller.js';
import { chooseExtension, isAllowedType, decideType, detectType } from './detect-type.js';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const PDF = Buffer.from('%PDF-1.7\n');
const ZIP = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');
const CFB = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const BINARY = Buffer.from([0, 1, 2, 3, 0xfe]);
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('the type of a file', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-sniff-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const sniffed = async (bytes: Buffer | string, declared: string) => {
    const path = join(folder, 'file');
    writeFileSync(path, bytes);
    return detectType(path, declared);
  };

  it.each<[string, Buffer | string, string, string]>([
    ['a PNG declared as a page', PNG, 'text/html', 'image/png'],
    ['a PNG declared as nothing', PNG, '', 'image/png'],
    ['a GIF declared as a PNG', GIF, 'image/png', 'image/gif'],
    ['a PDF', PDF, 'text/plain', 'application/pdf'],
    ['an archive declared as a picture', ZIP, 'image/png', 'application/zip'],
    ['an old Word file', CFB, 'application/msword', 'application/msword'],
    ['an old Office file declared as a picture', CFB, 'image/png', 'application/x-cfb'],
    ['a page declared as a PNG', '<!DOCTYPE html><p>a', 'image/png', 'text/html'],
    ['a page behind space and comments', ' \n<!-- a --><!-- b --><HTML>', 'image/png', 'text/html'],
    ['a comment that does not end', '<!-- a', 'image/png', 'text/html'],
    ['a script element', '<script>alert(1)</script>', 'text/plain', 'text/html'],
    ['a page with bytes that are no text', '<html>\u0000', 'image/png', 'text/html'],
    ['a page in UTF-16', utf16('<html>'), 'image/png', 'text/html'],
    ['a page in UTF-8 with a mark', '\ufeff<body onload=alert(1)>', 'image/png', 'text/html'],
    ['XHTML', '<?xml version="1.0"?><html xmlns="a">', 'image/png', 'application/xhtml+xml'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/png', 'image/svg+xml'],
    ['SVG with a prologue', '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg/>', 'text/plain', 'image/svg+xml'],
    ['SVG with a prefix', '<?xml version="1.0"?><s:svg xmlns:s="a"/>', 'image/png', 'image/svg+xml'],
    ['SVG behind a long licence', `<!-- ${'a'.repeat(50_000)} --><svg/>`, 'image/png', 'image/svg+xml'],
    ['a page behind much space', `${' '.repeat(50_000)}<script>alert(1)</script>`, 'text/plain', 'text/html'],
    [
      'text with bytes behind it that are none',
      `${'a'.repeat(50_000)}\u0000`,
      'text/html',
      'application/octet-stream',
    ],
    ['XML', '<?xml version="1.0"?><note/>', 'image/png', 'application/xml'],
    ['text declared as a picture', 'hello', 'image/png', 'text/plain'],
    ['text declared as a PDF', 'hello', 'application/pdf', 'text/plain'],
    ['a table', 'a,b\n1,2\n', 'text/csv', 'text/csv'],
    ['JSON', '{"a": 1}', 'application/json', 'application/json'],
    ['JSON of a kind', '{"a": 1}', 'application/geo+json', 'application/geo+json'],
    ['a script, which no bytes tell from text', 'alert(1)', 'text/javascript', 'text/javascript'],
    ['text declared as JSON', 'hello', 'application/json', 'text/plain'],
    ['text declared as a page', 'hello', 'text/html', 'text/plain'],
    ['text declared as XML', 'a < b', 'application/xml', 'text/plain'],
    ['XML without a prologue', '<note/>', 'application/xml', 'application/xml'],
    ['a number, which is JSON', ' -1', 'application/json', 'application/json'],
    ['bytes of a format that is not known', BINARY, 'application/x-own', 'application/octet-stream'],
    ['bytes declared as a document', BINARY, DOCX, 'application/octet-stream'],
    ['text declared as a document', 'hello', DOCX, 'text/plain'],
    ['bytes declared as a picture', BINARY, 'image/png', 'application/octet-stream'],
    ['bytes declared as a page', BINARY, 'text/html', 'application/octet-stream'],
    ['bytes declared as what is no type', BINARY, 'a\r\nb', 'application/octet-stream'],
    ['nothing', '', 'image/png', 'application/octet-stream'],
  ])('%s', async (_, bytes, declared, expected) => {
    expect(await sniffed(bytes, declared)).toBe(expected);
  });

  it('is a type whatever the bytes and whatever is declared, and never a picture that is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string(), (bytes, declared) => {
        const type = decideType(Buffer.from(bytes), undefined, declared.toLowerCase());
        expect(type).not.toMatch(/^(image\/(?!svg\+xml)|audio\/|video\/)/);
      }),
    );
  });

  it('of what begins like a page is a page’s, whatever comes before, after and with it', () => {
    const space = fc.stringMatching(/^[ \t\r\n]{0,20}$/);
    const comment = fc.constantFrom('', '<!-- -->', '<!--<img>--> ', '<?php ?>');
    const element = fc.constantFrom('<html>', '<ScRiPt src=a>', '<!doctype HTML>', '<body\n>', '<iframe/>');
    fc.assert(
      fc.property(
        space,
        comment,
        element,
        fc.string(),
        fc.string(),
        (before, more, start, rest, declared) => {
          const type = decideType(Buffer.from(before + more + start + rest), undefined, declared);
          expect(type).toBe('text/html');
        },
      ),
    );
  });
});

describe('the extension', () => {
  it.each([
    ['.png', 'text/html', '.html'],
    ['', 'text/html', '.html'],
    ['.htm', 'text/html', '.htm'],
    ['.HTML', 'text/html', '.HTML'],
    ['.pdf', 'image/svg+xml', '.svg'],
    ['.png', 'image/png', '.png'],
    ['.png', 'image/gif', '.png'],
    ['.txt', 'text/plain', '.txt'],
    ['.txt', 'application/json', '.txt'],
    ['.png', 'text/plain', '.txt'],
    ['.PNG', 'application/pdf', '.pdf'],
    ['.pdf', 'image/png', '.png'],
    ['.txt', 'image/webp', '.webp'],
    ['.jpg', 'application/zip', ''],
    ['.mp4', 'application/octet-stream', ''],
    ['.mp4', 'audio/mpeg', '.mp4'],
    ['.docx', 'application/zip', '.docx'],
    ['.csv', 'text/csv', '.csv'],
    ['', 'image/png', ''],
  ])('of %s that is %s is %s', (ext, mime, expected) => {
    expect(chooseExtension(ext, mime)).toBe(expected);
  });

  it.each(['.png', '.txt', '.pdf', '.mp4', '.svg', '.html', '.xhtml', ''])(
    'has it served as a download: a page called %s',
    (ext) => {
      for (const mime of ['text/html', 'application/xhtml+xml', 'image/svg+xml']) {
        const headers = buildFileHeaders(`file${chooseExtension(ext, mime)}`);
        expect(headers).toMatchObject({
          'Content-Type': 'application/octet-stream',
          'Content-Disposition': 'attachment',
        });
      }
    },
  );
});

describe('types that are taken', () => {
  it.each([
    ['image/png', ['*/*'], true],
    ['image/png', ['image/*'], true],
    ['image/png', ['IMAGE/PNG'], true],
    ['image/png', ['video/*', 'image/png'], true],
    ['image/svg+xml', ['image/png'], false],
    ['text/html', ['image/*'], false],
    ['text/html', [], false],
  ])('%s of %j: %s', (mime, allowed, expected) => {
    expect(isAllowedType(mime, allowed)).toBe(expected);
  });
});
