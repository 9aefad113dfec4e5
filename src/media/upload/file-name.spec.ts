import fc from 'fast-check';
import { getExtension, findFileNameProblem, normalizeMimeType } from './file-name.js';

describe('a file name', () => {
  it.each(['a.png', 'вид.txt', '...', 'a b (1).tar.gz', "l'eau & co; 50%.pdf", 'a'.repeat(255)])(
    'fits: %s',
    (name) => {
      expect(findFileNameProblem(name)).toBeNull();
    },
  );

  it.each([
    '',
    ' ',
    '.',
    '..',
    ' .. ',
    '\u202eabc',
    '\u2066abc',
    'a\u200eb',
    'a\u200fb',
    'a\u202ab.png',
    'a\u2069',
    'a\u2028b',
    'a\u2029b',
    'a'.repeat(256),
    ...'<>:"/\\|?*',
    '\u061c',
    '\u0000',
    '\n',
    '\u001f',
    '\u007f',
    '\u0085',
  ])('does not fit: %j', (name) => {
    expect(
      findFileNameProblem(name.length === 1 && name !== ' ' && name !== '.' ? `a${name}b` : name),
    ).toMatch(/^a file name must/);
  });

  it.each([
    ['a.png', '.png'],
    ['a.tar.gz', '.gz'],
    ['a.PNG', '.PNG'],
    ['a', ''],
    ['.env', ''],
    ['a.', ''],
    ['a.e#t', ''],
    ['a.p ng', ''],
    [`a.${'x'.repeat(17)}`, ''],
  ])('%s has the extension "%s"', (name, ext) => {
    expect(getExtension(name)).toBe(ext);
  });

  it.each([
    ['image/PNG', 'image/png'],
    ['application/vnd.ms-excel', 'application/vnd.ms-excel'],
    ['image', 'application/octet-stream'],
    ['a/b\r\nc: d', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('the sent type %j counts as %s', (sent, type) => {
    expect(normalizeMimeType(sent)).toBe(type);
  });
});

describe('a file name, whatever it is', () => {
  const anyText = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('../a.png', 'a\\b', 'a.png/'),
  );

  it('that fits leads nowhere, and its extension is short and plain', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        expect(getExtension(name)).toMatch(/^(\.[A-Za-z0-9]{1,16})?$/);
        if (findFileNameProblem(name) !== null) return;
        expect(name).not.toMatch(/[/\\]/);
        expect(name.length).toBeLessThanOrEqual(255);
      }),
    );
  });

  it('has a type that can stand in a header', () => {
    fc.assert(
      fc.property(anyText, (sent) => {
        expect(normalizeMimeType(sent)).toMatch(/^[\w.+-]+\/[\w.+-]+$/);
      }),
    );
  });
});
