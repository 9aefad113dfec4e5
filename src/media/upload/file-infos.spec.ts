import fc from 'fast-check';
import { RequestValidationError } from '../../http/envelope-error.js';
import { fileNameProblem } from './file-name.js';
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

describe('fileInfo, whatever it is', () => {
  it('is no more than the files, each with a name that fits or with none, or it is refused', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.constant('['.repeat(20_000) + ']'.repeat(20_000)));
    fc.assert(
      fc.property(fc.oneof(text, fc.array(text), fc.anything()), fc.nat(3), (fileInfo, files) => {
        try {
          const infos = fileInfosIn(fileInfo, files);
          expect(infos.length).toBeLessThanOrEqual(files);
          for (const { name } of infos) if (name !== undefined) expect(fileNameProblem(name)).toBeNull();
        } catch (error) {
          if (!(error instanceof RequestValidationError)) throw error;
          // What refuses it repeats it, and must be able to.
          expect(JSON.stringify(error.details)).toContain('fileInfo');
        }
      }),
    );
  });
});
