import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_FOLDER } from '../package.js';
import { loadSettings } from '../settings/load-settings.js';
import { toPortalBrand, toPortalOptions } from './portal-options.js';

const settingsOf = (env: Record<string, string>) => loadSettings({ NODE_ENV: 'test', ...env }, CONFIG_FOLDER);
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

describe('The settings of the portal', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-logo-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const logoOf = (bytes: Buffer | string) => {
    const file = join(folder, 'logo');
    writeFileSync(file, bytes);
    return () => toPortalBrand(settingsOf({ PORTAL_LOGO: file })).logo;
  };

  it.each<[string, Buffer, string]>([
    ['PNG', PNG, 'image/png'],
    ['JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), 'image/jpeg'],
    ['GIF', Buffer.from('GIF89a'), 'image/gif'],
    ['WebP', Buffer.from('RIFF1234WEBPVP8 '), 'image/webp'],
  ])('take a logo in %s', (_, bytes, type) => {
    expect(logoOf(bytes)()).toBe(`data:${type};base64,${bytes.toString('base64')}`);
  });

  it.each<[string, Buffer | string, string]>([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'no PNG, JPEG'],
    ['a page', '<!doctype html>', 'no PNG, JPEG'],
    ['too large', Buffer.concat([PNG, Buffer.alloc(65_536)]), 'a logo may have 65536'],
  ])('take no logo that is %s', (_, bytes, message) => {
    expect(logoOf(bytes)).toThrow(message);
  });

  it('take no logo that is not there', () => {
    expect(() => toPortalBrand(settingsOf({ PORTAL_LOGO: '/nonexistent/logo.png' }))).toThrow(
      'The setting "portal.logo" (environment: PORTAL_LOGO) is wrong: the file cannot be read',
    );
  });

  it.each<[string, Record<string, string>, string]>([
    ['a colour by name', { PORTAL_COLORS: '{"primary":"red"}' }, 'must be a colour such as #3b5bdb'],
    ['a rule for a colour', { PORTAL_COLORS: '{"primary":"#fff;} body{"}' }, 'must be a colour'],
    ['an unknown colour', { PORTAL_COLORS: '{"footer":"#ffffff"}' }, 'colors has no "footer"'],
    ['an empty name', { PORTAL_NAME: ' '.repeat(101) }, 'portal.name'],
    ['an address with a query', { PUBLIC_URL: 'https://a.example?x=1' }, 'publicUrl must be an address'],
    ['an address with a password', { PUBLIC_URL: 'https://a:b@a.example' }, 'publicUrl must be an address'],
    ['an address of no server', { PUBLIC_URL: 'javascript:alert(1)' }, 'publicUrl must be an address'],
  ])('refuse %s', (_, env, message) => {
    expect(() => settingsOf(env)).toThrow(message);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a scope that no session has',
      { PORTAL_DEFAULT_SCOPES: 'webhooks:read,tokens:write' },
      '"tokens:write"',
    ],
    ['a scope that there is not', { PORTAL_DEFAULT_SCOPES: 'all' }, '"all"'],
    ['an unknown field', { PORTAL_MAY_SET: 'name,tenant' }, '"tenant"'],
  ])('refuse %s at the start', (_, env, message) => {
    expect(() => toPortalOptions(settingsOf(env))).toThrow(message);
  });

  it.each<[string, boolean]>([
    ['https://hooks.example.com', true],
    ['http://127.0.0.1:3000', true],
    ['http://localhost:3000/', true],
    ['http://hooks.localhost', true],
    ['http://localhost.example.com', false],
    ['http://10.0.0.1', false],
  ])('know whether browsers keep a session’s cookie at %s', (publicUrl, isPublicUrlSafe) => {
    expect(toPortalOptions(settingsOf({ PUBLIC_URL: publicUrl }))).toMatchObject({ isPublicUrlSafe });
  });
});
