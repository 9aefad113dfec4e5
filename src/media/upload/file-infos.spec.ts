import { RequestValidationError } from '../../http/envelope-error.js';
import { fileInfosIn } from './file-infos.js';

describe('what a request says of its files', () => {
  it.each<[unknown, object[]]>([
    [undefined, []],
    ['{"name":"a.png"}', [{ name: 'a.png' }]],
    ['[{"name":"a.png"},{}]', [{ name: 'a.png' }, {}]],
    [
      ['{"name":"a.png"}', '{"name":"b.png"}'],
      [{ name: 'a.png' }, { name: 'b.png' }],
    ],
    ['{"name":null}', [{}]],
    ['[null,{"name":"b.png"}]', [{}, { name: 'b.png' }]],
  ])('%j is %j', (fileInfo, infos) => {
    expect(fileInfosIn(fileInfo, 2)).toEqual(infos);
  });

  it.each<[unknown]>([
    ['{'],
    ['1'],
    ['"a"'],
    ['{"name":1}'],
    ['{"name":""}'],
    ['{"caption":"a"}'],
    [{}],
    ['[{},{},{}]'],
  ])('%j is refused', (fileInfo) => {
    expect(() => fileInfosIn(fileInfo, 2)).toThrow(RequestValidationError);
  });
});
