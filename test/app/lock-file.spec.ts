import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/package.js';

describe('The lock file', () => {
  it('has the integrity of every package that is downloaded', () => {
    const { packages } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { integrity?: string; link?: boolean; inBundle?: boolean }>;
    };
    const without = Object.entries(packages)
      .filter(([path, { link, inBundle }]) => path !== '' && !link && !inBundle)
      .flatMap(([path, { integrity }]) => (/^sha512-[\w+/]+={0,2}$/.test(integrity ?? '') ? [] : [path]));
    expect(without).toEqual([]);
  });
});
