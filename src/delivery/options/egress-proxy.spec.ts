import { SettingsError } from '../../settings/load-settings.js';
import { parseEgressProxy } from './egress-proxy.js';

describe('parseEgressProxy', () => {
  it('keeps credentials out of what may be shown', () => {
    expect(parseEgressProxy('http://user:p%40ss@proxy.internal:3128')).toEqual({
      origin: 'http://proxy.internal:3128',
      authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    });
    expect(parseEgressProxy('https://10.0.0.1:3128/')).toEqual({
      origin: 'https://10.0.0.1:3128',
      authorization: null,
    });
  });

  it.each([null, ''])('takes %j for none', (text) => {
    expect(parseEgressProxy(text)).toBeNull();
  });

  it.each([
    'proxy:3128',
    'socks5://user:hush@proxy:1080',
    'http://user:hush@proxy:3128/path',
    'http://user:hush@proxy:3128?a=b',
    'http://user:hush%@proxy:3128',
    'http://user:hush@proxy:99999',
  ])('refuses %s and does not say it', (text) => {
    expect(() => parseEgressProxy(text)).toThrow(SettingsError);
    expect(() => parseEgressProxy(text)).toThrow(/^(?=.*webhooks\.egressProxy)(?!.*hush)/);
  });
});
