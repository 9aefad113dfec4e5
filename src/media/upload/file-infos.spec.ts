import fc from 'fast-check';
import { RequestValidationError } from '../../http/envelope-error.js';
import { findFileNameProblem } from './file-name.js';
import { parseFileInfos } from './file-infos.js';

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
    [
      '{"alternativeText":"a","caption":null,"focalPoint":{"x":0,"y":100}}',
      [{ alternativeText: 'a', caption: null, focalPoint: { x: 0, y: 100 } }],
    ],
    ['{"focalPoint":null}', [{ focalPoint: null }]],
    ['[null,{"name":"b.png"}]', [{}, { name: 'b.png' }]],
  ])('%j is %j', (fileInfo, infos) => {
    expect(parseFileInfos(fileInfo, 2)).toEqual(infos);
  });

  it.each<[unknown]>([
    ['{'],
    ['1'],
    ['"a"'],
    ['{"name":1}'],
    ['{"name":""}'],
    ['{"size":1}'],
    ['{"caption":1}'],
    [`{"alternativeText":"${'a'.repeat(10_001)}"}`],
    ['{"focalPoint":1}'],
    ['{"focalPoint":[1,2]}'],
    ['{"focalPoint":{"x":1}}'],
    ['{"focalPoint":{"x":1,"y":101}}'],
    ['{"focalPoint":{"x":1,"y":"1"}}'],
    ['{"focalPoint":{"x":1,"y":1,"z":1}}'],
    ['{"toString":1}'],
    [{}],
    ['[{},{},{}]'],
  ])('%j is refused', (fileInfo) => {
    expect(() => parseFileInfos(fileInfo, 2)).toThrow(RequestValidationError);
  });

  it('whatever is sent is refused as the caller’s fault or says only what is known', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('a.png', 50, null, { x: 1, y: 2 }));
    const info = fc.dictionary(
      fc.constantFrom('name', 'alternativeText', 'caption', 'focalPoint', 'x', '__proto__'),
      value,
      { maxKeys: 4 },
    );
    const sent = fc.oneof(
      fc.string(),
      fc.json(),
      info.map((one) => JSON.stringify(one)),
      fc.array(info, { maxLength: 3 }).map((all) => JSON.stringify(all)),
    );
    fc.assert(
      fc.property(fc.oneof(sent, fc.array(sent, { maxLength: 3 })), (fileInfo) => {
        let infos;
        try {
          infos = parseFileInfos(fileInfo, 2);
        } catch (error) {
          expect(error).toBeInstanceOf(RequestValidationError);
          return;
        }
        expect(infos.length).toBeLessThanOrEqual(2);
        for (const each of infos) {
          expect(['name', 'alternativeText', 'caption', 'focalPoint']).toEqual(
            expect.arrayContaining(Object.keys(each)),
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('fileInfo, whatever it is', () => {
  it('is no more than the files, each with a name that fits or with none, or it is refused', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.constant('['.repeat(20_000) + ']'.repeat(20_000)));
    fc.assert(
      fc.property(fc.oneof(text, fc.array(text), fc.anything()), fc.nat(3), (fileInfo, files) => {
        try {
          const infos = parseFileInfos(fileInfo, files);
          expect(infos.length).toBeLessThanOrEqual(files);
          for (const { name } of infos) if (name !== undefined) expect(findFileNameProblem(name)).toBeNull();
        } catch (error) {
          if (!(error instanceof RequestValidationError)) throw error;
          // What refuses it repeats it, and must be able to.
          expect(JSON.stringify(error.details)).toContain('fileInfo');
        }
      }),
    );
  });
});
