import { groupsOf, isCovered, uidsIn } from '../../src/dashboard/page/webhook-form/event-groups.js';
import {
  faultsByField,
  NEW_WEBHOOK,
  readSchedule,
  toFormState,
  toInput,
} from '../../src/dashboard/page/webhook-form/form-state.js';

describe('A webhook in the form', () => {
  const webhook = {
    id: 'w1',
    name: 'search',
    url: 'https://example.com/hook',
    headers: { Authorization: '••••••' },
    events: ['entry.*'],
    isEnabled: true,
    contentTypeEvents: { 'api::address.address': ['entry.create'] },
    format: 'standard',
    timeoutMs: 10_000,
    retrySchedule: [5, 300],
    rateLimit: null,
    concurrency: 4,
    ordering: 'none' as const,
    tenant: null,
    disabledReason: null,
    createdAt: '',
    updatedAt: '',
    health: { lastSuccessAt: null, consecutiveFailures: 0, pausedUntil: null },
  };

  it('that nobody touched sends only what the API asks for, and keeps masked values masked', () => {
    const form = toFormState(webhook);
    expect(toInput(form, form)).toEqual({
      name: 'search',
      url: 'https://example.com/hook',
      headers: { Authorization: '••••••' },
      events: ['entry.*'],
    });
  });

  it('sends what was changed, and null for what was emptied', () => {
    const before = toFormState(webhook);
    const form = {
      ...before,
      concurrency: '' as const,
      rateLimit: 5,
      retrySchedule: '',
      filter: ' true ',
      contentTypeEvents: [],
    };
    expect(toInput(form, before)).toMatchObject({
      concurrency: null,
      rateLimit: 5,
      retrySchedule: null,
      filter: 'true',
      contentTypeEvents: {},
    });
  });

  it('sends certificates as a whole, keeps a masked key masked, and removes what was emptied', () => {
    const before = toFormState({ ...webhook, tls: { certificate: 'PEM', key: '••••••' } });
    const toTls = (tls: object) => toInput({ ...before, tls: { ...before.tls, ...tls } }, before).tls;
    expect(toTls({})).toBeUndefined();
    expect(toTls({ ca: 'PEM2' })).toEqual({ ca: 'PEM2', certificate: 'PEM', key: '••••••' });
    expect(toTls({ certificate: '', key: ' ' })).toBeNull();
  });

  it('asks for consent only where the format knows of it', () => {
    const before = toFormState(webhook);
    const asks = { ...before, cloudEventsHandshake: true };
    expect(toInput(asks, before)).not.toHaveProperty('cloudEventsHandshake');
    expect(toInput({ ...asks, format: 'cloudevents' }, before)).toMatchObject({
      format: 'cloudevents',
      cloudEventsHandshake: true,
    });
  });

  it('that is new leaves out headers without a name', () => {
    const form = {
      ...NEW_WEBHOOK,
      name: 'a',
      url: ' http://b ',
      headers: [
        { name: '', value: '' },
        { name: ' X-A ', value: '1' },
      ],
    };
    expect(toInput(form, NEW_WEBHOOK)).toEqual({
      name: 'a',
      url: 'http://b',
      headers: { 'X-A': '1' },
      events: [],
    });
  });

  it.each([
    ['', null],
    ['5', [5]],
    [' 5, 0.5 ,300 ', [5, 0.5, 300]],
    ['5,,6', undefined],
    ['soon', undefined],
    ['-1', undefined],
  ])('has a schedule %j, which is %j', (text, seconds) => {
    expect(readSchedule(text)).toEqual(seconds);
  });

  it('shows each fault at its field, and the rest together', () => {
    expect(
      faultsByField([
        { path: ['url'], message: 'a' },
        { path: ['headers', 'X-A'], message: 'b' },
        { path: ['headers', 'X-B'], message: 'c' },
        { path: ['tls'], message: 'd' },
        { path: ['tls', 'key'], message: 'e' },
        { path: ['isEnabled'], message: 'f' },
        { path: [], message: 'g' },
      ]),
    ).toEqual({ url: 'a', headers: 'b; c', tls: 'd', 'tls.key': 'e', '': 'f; g' });
  });
});

describe('The choice of events', () => {
  it('groups them by their first part', () => {
    const types = ['entry.create', 'media.create', 'entry.update'].map((name) => ({ name }));
    expect(groupsOf(types).map(([prefix, of]) => [prefix, of.length])).toEqual([
      ['entry', 2],
      ['media', 1],
    ]);
  });

  it.each([
    ['entry.create', ['*'], true],
    ['entry.*', ['*'], true],
    ['*', ['*'], false],
    ['webhook.disabled', ['*'], false],
    ['delivery.*', ['*'], false],
    ['delivery.exhausted', ['delivery.*'], true],
    ['entry.create', ['entry.*'], true],
    ['entry.*', ['entry.*'], false],
    ['media.create', ['entry.*'], false],
  ])('%s is covered by %j: %s', (name, chosen, expected) => {
    expect(isCovered(name, chosen)).toBe(expected);
  });

  it('offers each content type once', () => {
    const catalogue = [
      { contentTypes: ['api::b.b', 'api::a.a'] },
      { contentTypes: [] },
      { contentTypes: ['api::a.a'] },
    ];
    expect(uidsIn(catalogue)).toEqual(['api::a.a', 'api::b.b']);
  });
});
