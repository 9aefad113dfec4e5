import { noteBlockedHosts } from './blocked-hosts.js';
import type { ImportedWebhook } from './webhook-imports.js';

const webhook = (host: string | null, outcome: ImportedWebhook['outcome'] = 'created'): ImportedWebhook => ({
  outcome,
  id: 'strapi-1',
  name: 'search',
  host,
  notes: [],
});

const ADDRESSES: Record<string, string[]> = {
  'search.internal': ['172.18.0.4'],
  'both.example': ['10.0.0.1', '8.8.8.8'],
  'public.example': ['8.8.8.8'],
};

const lookUp = (name: string) =>
  ADDRESSES[name] ? Promise.resolve(ADDRESSES[name]) : Promise.reject(new Error('ENOTFOUND'));

const notesOf = async (one: ImportedWebhook, allowed: string[] = []) =>
  (await noteBlockedHosts([one], allowed, lookUp))[0]?.notes;

describe('noteBlockedHosts', () => {
  it('says which imported webhook cannot be reached, and why', async () => {
    expect(await notesOf(webhook('search.internal'))).toEqual([
      'cannot be reached as things are: search.internal is at 172.18.0.4, which webhooks may not reach (WEBHOOKS_ALLOWED_NETWORKS)',
    ]);
  });

  it.each([
    webhook('both.example'),
    webhook('public.example'),
    webhook('unknown.example'),
    webhook('10.0.0.1'),
    webhook(null),
    webhook('search.internal', 'skipped'),
    webhook('search.internal', 'deleted'),
  ])('says nothing of %j', async (one) => {
    expect(await notesOf(one)).toEqual([]);
  });

  it('says nothing where the network is allowed', async () => {
    expect(await notesOf(webhook('search.internal'), ['172.16.0.0/12'])).toEqual([]);
  });
});
