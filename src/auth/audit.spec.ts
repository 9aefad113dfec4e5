import { type AuditNote, recordChangedFields, recordAuditTargets, runWithAuditNote } from './audit.js';

describe('The note of an audited call', () => {
  it.each<[string, object, object, string[]]>([
    ['nothing', { a: 1, b: [1] }, { a: 1, b: [1] }, []],
    ['a value', { a: 1, b: 2 }, { a: 1, b: 3 }, ['b']],
    ['something within', { a: { x: [1] } }, { a: { x: [2] } }, ['a']],
    ['a value that came', {}, { a: 1 }, ['a']],
    ['a value that went', { a: 1 }, {}, ['a']],
    ['null for a value', { a: 1 }, { a: null }, ['a']],
    ['order, which matters in lists alone', { a: ['x', 'y'] }, { a: ['y', 'x'] }, ['a']],
  ])('names the fields that changed: %s', async (_, before, after, changed) => {
    const note: AuditNote = {};
    await runWithAuditNote(note, async () => recordChangedFields(before, after));
    expect(note).toEqual({ changed });
  });

  it('is the call’s own, whatever runs beside it', async () => {
    const [one, other]: AuditNote[] = [{}, {}];
    const call = async (ids: string[]) => {
      await Promise.resolve();
      recordAuditTargets(ids);
    };
    await Promise.all([
      runWithAuditNote(one!, () => call(['1'])),
      runWithAuditNote(other!, () => call(['2', '3'])),
      call(['nobody’s']),
    ]);
    expect([one, other]).toEqual([{ targets: ['1'] }, { targets: ['2', '3'] }]);
  });
});
