import { getFileKind } from './content-type.js';

describe('the kind of a file', () => {
  it.each([
    ['image/png', 'images'],
    ['Image/SVG+XML', 'images'],
    ['video/mp4', 'videos'],
    ['audio/mpeg', 'audios'],
    ['application/pdf', 'files'],
    ['constructor/x', 'files'],
    ['', 'files'],
  ])('%s is one of the %s', (mime, kind) => {
    expect(getFileKind(mime)).toBe(kind);
  });
});
