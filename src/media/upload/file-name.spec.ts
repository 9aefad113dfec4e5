import { extensionOf, fileNameProblem, mimeTypeOf } from './file-name.js';

describe('a file name', () => {
  it.each(['a.png', 'вид.txt', '...', 'a b (1).tar.gz', "l'eau & co; 50%.pdf", 'a'.repeat(255)])(
    'fits: %s',
    (name) => {
      expect(fileNameProblem(name)).toBeNull();
    },
  );

  it.each(['', ' ', 'a'.repeat(256), ...'<>:"/\\|?*', '\u0000', '\n', '\u001f', '\u007f', '\u0085'])(
    'does not fit: %j',
    (name) => {
      expect(fileNameProblem(name.length === 1 && name !== ' ' ? `a${name}b` : name)).toMatch(
        /^a file name must/,
      );
    },
  );

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
    expect(extensionOf(name)).toBe(ext);
  });

  it.each([
    ['image/PNG', 'image/png'],
    ['application/vnd.ms-excel', 'application/vnd.ms-excel'],
    ['image', 'application/octet-stream'],
    ['a/b\r\nc: d', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('the sent type %j counts as %s', (sent, type) => {
    expect(mimeTypeOf(sent)).toBe(type);
  });
});
