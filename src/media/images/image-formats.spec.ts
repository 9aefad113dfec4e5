import { selectFormats } from './image-formats.js';

describe('the versions of an image', () => {
  it.each<[number, number, string[]]>([
    [245, 156, []],
    [100, 100, []],
    [246, 100, ['thumbnail']],
    [100, 157, ['thumbnail']],
    [500, 500, ['thumbnail']],
    [501, 10, ['thumbnail', 'small']],
    [751, 10, ['thumbnail', 'medium', 'small']],
    [10, 1_001, ['thumbnail', 'large', 'medium', 'small']],
    [4_000, 3_000, ['thumbnail', 'large', 'medium', 'small']],
  ])('%d × %d: %j', (width, height, keys) => {
    expect(selectFormats({ width, height }).map(({ key }) => key)).toEqual(keys);
  });
});
