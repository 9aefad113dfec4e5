import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { MASK } from '../../auth/mask.js';
import { buildRequestHeaders } from './request-headers.js';

const claim = (headers: Record<string, string>) => ({
  webhook: { headers } as DeliverableWebhook,
  eventId: 'id',
  event: 'entry.create',
  contentType: 'application/json',
  number: 2,
});

describe('buildRequestHeaders', () => {
  it('lets the webhook’s own win over the defaults and ours over both, whatever their case', () => {
    const { sent } = buildRequestHeaders(
      claim({ 'x-key': 'own', 'content-type': 'text/plain' }),
      { 'X-Key': 'default', 'X-Other': 'default' },
      1_600_000_000,
      'v1,sig',
    );
    expect(sent).toEqual({
      Accept: '*/*',
      'x-key': 'own',
      'X-Other': 'default',
      'X-Strapi-Event': 'entry.create',
      'Content-Type': 'application/json',
      'User-Agent': expect.stringMatching(/^Posthorn\//),
      'webhook-id': 'id',
      'webhook-timestamp': '1600000000',
      'X-Posthorn-Attempt': '2',
      'webhook-signature': 'v1,sig',
    });
  });

  it('accepts any answer, unless the webhook says what it accepts', () => {
    const accepted = (headers: Record<string, string>) =>
      Object.entries(buildRequestHeaders(claim(headers), {}, 1, 'sig').sent).filter(
        ([name]) => name.toLowerCase() === 'accept',
      );
    expect(accepted({})).toEqual([['Accept', '*/*']]);
    expect(accepted({ accept: 'text/plain' })).toEqual([['accept', 'text/plain']]);
  });

  it('has one traceparent: of this attempt, else the webhook’s own', () => {
    const own = claim({ TraceParent: 'own', 'X-Key': 'key' });
    const build = (traceparent: string | null) => buildRequestHeaders(own, {}, 1, 'sig', null, traceparent);
    for (const [traceparent, expected] of [
      ['ours', { traceparent: 'ours' }],
      [null, { TraceParent: 'own' }],
      ['next', { traceparent: 'next' }],
    ] as const) {
      const { sent, shown } = build(traceparent);
      const traces = Object.entries(sent).filter(([name]) => name.toLowerCase() === 'traceparent');
      expect(Object.fromEntries(traces)).toEqual(expected);
      expect(sent['X-Key']).toBe('key');
      expect(Object.keys(shown)).toEqual(Object.keys(sent).slice(0, -1));
    }
  });

  it('shows no value that could be secret', () => {
    const { shown } = buildRequestHeaders(
      claim({ Authorization: 'canary' }),
      { 'X-D': 'canary' },
      1,
      'canary',
    );
    expect(JSON.stringify(shown)).not.toContain('canary');
    expect(shown['Authorization']).toBe(MASK);
    expect(shown).not.toHaveProperty('webhook-signature');
  });
});
