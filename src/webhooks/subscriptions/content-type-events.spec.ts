import fc from 'fast-check';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { findContentTypeEventsProblems, pruneContentTypeEvents } from './content-type-events.js';

const ADDRESS = 'api::address.address';
const CATEGORY = 'api::category.category';

describe('findContentTypeEventsProblems', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['accepts lists of known events', { [ADDRESS]: ['entry.create', 'entry.delete'], [CATEGORY]: [] }, []],
    ['refuses a content type that there is not', { 'api::x.x': [] }, ['there is no content type "api::x.x"']],
    ['refuses what is no list', { [ADDRESS]: 'entry.create' }, ['must hold an array of events']],
    ['refuses what is no name', { [ADDRESS]: [1] }, ['must hold names of events']],
    ['refuses unknown events', { [ADDRESS]: ['a', 'b'] }, ['event a is not supported', 'event b is not']],
    ['refuses *', { [ADDRESS]: ['*'] }, ['Webhook event * is not supported']],
    ['refuses events without a uid', { [ADDRESS]: ['media.create'] }, ['belongs to no content type']],
  ])('%s', (_, lists, expected) => {
    const problems = findContentTypeEventsProblems(lists, [ADDRESS, CATEGORY], new EventCatalogue());
    expect(problems.map(({ message }) => message)).toEqual(
      expected.map((part) => expect.stringContaining(part)),
    );
  });
});

describe('pruneContentTypeEvents', () => {
  it.each<[string, string[], Record<string, string[]>, Record<string, string[]>]>([
    [
      'keeps what events has not',
      ['entry.create'],
      { [ADDRESS]: ['entry.delete'] },
      { [ADDRESS]: ['entry.delete'] },
    ],
    [
      'leaves out what events has',
      ['entry.create'],
      { [ADDRESS]: ['entry.create', 'entry.delete'] },
      { [ADDRESS]: ['entry.delete'] },
    ],
    ['leaves out lists that are empty then', ['entry.create'], { [ADDRESS]: ['entry.create'] }, {}],
    ['leaves out lists that are empty', [], { [ADDRESS]: [] }, {}],
    ['leaves out everything under *', ['*'], { [ADDRESS]: ['entry.create'] }, {}],
    ['leaves out what a prefix has', ['entry.*'], { [ADDRESS]: ['entry.create'] }, {}],
    [
      'leaves out what is there twice',
      [],
      { [ADDRESS]: ['entry.create', 'entry.create'] },
      { [ADDRESS]: ['entry.create'] },
    ],
  ])('%s', (_, events, lists, expected) => {
    expect(pruneContentTypeEvents(lists, events)).toEqual(expected);
  });
});

describe('contentTypeEvents, whatever they are', () => {
  const uid = fc.constantFrom('api::a.a', 'api::b.b', '__proto__', 'constructor', 'api::unknown.unknown');
  const event = fc.oneof(
    fc.constantFrom('entry.create', 'entry.update', 'media.create', '*', 'toString'),
    fc.jsonValue(),
  );
  const lists = fc.dictionary(uid, fc.oneof(fc.array(event), fc.jsonValue()), { noNullPrototype: false });

  it('that are accepted are lists of events of content types, and pruned say the same once', () => {
    const catalogue = new EventCatalogue();
    fc.assert(
      fc.property(lists, fc.subarray(['entry.create', 'entry.*', '*', 'media.create']), (lists, events) => {
        const problems = findContentTypeEventsProblems(lists, ['api::a.a', 'api::b.b'], catalogue);
        if (problems.length > 0) return;
        const pruned = pruneContentTypeEvents(lists as Record<string, string[]>, events);
        for (const [uid, list] of Object.entries(pruned)) {
          expect(['api::a.a', 'api::b.b']).toContain(uid);
          expect(list.length).toBeGreaterThan(0);
          expect(new Set(list).size).toBe(list.length);
          for (const one of list) expect(catalogue.get(one)?.hasUid).toBe(true);
        }
        expect(pruneContentTypeEvents(pruned, events)).toEqual(pruned);
      }),
    );
  });

  it('tell no more of what is wrong than was sent', () => {
    const catalogue = new EventCatalogue();
    const list = Array.from({ length: 100 }, (_, index) => `unknown.${index}`);
    const problems = findContentTypeEventsProblems({ 'api::a.a': list }, ['api::a.a'], catalogue);
    expect(problems.map(({ value }) => value)).toEqual(list);
  });
});
