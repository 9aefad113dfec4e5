import { isOwnHost } from './host-names.js';

describe('isOwnHost', () => {
  const names = new Set(['localhost', 'posthorn.test']);

  it.each([
    'localhost',
    'LOCALHOST:3000',
    'localhost.',
    'posthorn.test:3000',
    'a.localhost:3000',
    '127.0.0.1:3000',
    '192.168.1.2',
    '[::1]:3000',
    '[fd00::1]',
  ])('knows %j', (host) => {
    expect(isOwnHost(host, names)).toBe(true);
  });

  it.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    'posthorn.test.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '2130706433',
    '[::1].evil.example',
    'a@localhost',
    'localhost:3000:80',
    '',
    ':3000',
  ])('does not know %j', (host) => {
    expect(isOwnHost(host, names)).toBe(false);
  });
});
