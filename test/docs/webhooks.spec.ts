import { anchorsOf, linksOf, readDocument, rowsOf, sectionOf } from './documents.js';

const WEBHOOKS = readDocument('docs/webhooks.md');

/** What a reader of a webhooks page looks for, in the order of such a page. */
const QUESTIONS = [
  'Webhooks',
  'What is a webhook',
  'How to use',
  'Create a webhook',
  'Test a webhook',
  'Enable and disable a webhook',
  'Update a webhook',
  'Delete a webhook',
  'Webhooks payloads and events',
  'Entry created',
  'Entry updated',
  'Entry deleted',
  'Media created (uploaded)',
  'Media deleted',
  'Securing your webhooks',
  'Developer use',
  'Architecture',
  'Available configurations',
  'Programmatic use',
];

describe('docs/webhooks.md', () => {
  const [, , ...rows] = rowsOf(sectionOf(WEBHOOKS, 'Where each question is answered'));

  it('says where each question is answered, and of no other', () => {
    expect(rows.map(([question]) => question)).toEqual(QUESTIONS);
  });

  it.each(rows.filter(([question]) => question !== 'Webhooks'))(
    'answers %s with a link',
    (_, answer = '') => {
      expect(linksOf(answer)).not.toEqual([]);
    },
  );

  it('has a heading for everything that is done with a webhook', () => {
    const done = ['create', 'test', 'enable-and-disable', 'update', 'delete'].map(
      (what) => `${what}-a-webhook`,
    );
    expect(anchorsOf(WEBHOOKS)).toEqual(expect.arrayContaining(done));
  });
});
