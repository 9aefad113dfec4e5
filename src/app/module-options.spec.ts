import type { Settings } from '../settings/settings.js';
import { validateDefaultHeaders } from './module-options.js';

const check = (defaultHeaders: unknown) =>
  validateDefaultHeaders({ webhooks: { defaultHeaders } } as unknown as Settings);

describe('validateDefaultHeaders', () => {
  it('are what was configured', () => {
    expect(check({ 'X-From': 'here' })).toEqual({ 'X-From': 'here' });
  });

  it.each([
    [{ 'X-From': 'a\r\nX-Other: b' }, 'headers.X-From has characters that a header cannot carry'],
    [{ 'X From': 'a' }, 'headers.X From is no valid header name'],
    [{ 'webhook-id': 'a' }, 'headers.webhook-id is set by this server and cannot be replaced'],
    [{ 'X-From': 1 }, 'headers.X-From must be a `string` type.'],
    [JSON.parse('{"__proto__": "a"}'), 'headers.__proto__ is no valid header name'],
  ])('stop the start when they cannot be sent: %j', (headers, what) => {
    expect(() => check(headers)).toThrow(
      'The setting "webhooks.defaultHeaders" (environment: WEBHOOKS_DEFAULT_HEADERS) is wrong: ',
    );
    expect(() => check(headers)).toThrow(what);
  });

  it('are not told with their values, which may be secret', () => {
    expect(() => check({ Authorization: ['s3cret'] })).toThrow(/^((?!s3cret).)*$/s);
  });
});
