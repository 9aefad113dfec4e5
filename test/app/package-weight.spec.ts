import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/package.js';

interface Locked {
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

const { packages } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};

/** What a host with Nest and TypeORM has before. */
const HOST = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/typeorm',
  'reflect-metadata',
  'rxjs',
  'typeorm',
];

/** The most packages that we may add. `npm run test:weight` installs them and weighs them too. */
const MOST_PACKAGES = 22;

/** Where Node finds a package, as seen from another. */
function locate(name: string, from: string): string {
  for (let at = from; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const nested = `${at}/node_modules/${name}`;
    if (packages[nested]) return nested;
  }
  return `node_modules/${name}`;
}

/** What npm installs for packages: dependencies and peers that are not optional. */
function listInstalled(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string) => {
    const path = locate(name, from);
    if (found.has(path)) return;
    found.add(path);
    const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = packages[path] ?? {};
    const peers = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);
    for (const next of [...Object.keys(dependencies), ...peers]) visit(next, path);
  };
  for (const name of names) visit(name, '');
  return found;
}

describe('What the package brings into a host', () => {
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = packages[''] ?? {};
  const needed = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);

  it(`is at most ${MOST_PACKAGES} packages, itself included`, () => {
    const before = listInstalled(HOST);
    const brought = [...listInstalled([...Object.keys(dependencies), ...needed])].filter(
      (path) => !before.has(path),
    );
    expect(brought.length + 1).toBeLessThanOrEqual(MOST_PACKAGES);
    expect(brought).toContain('node_modules/@nestjs/schedule');
  });

  it('is needed by every host: what few use is optional', () => {
    expect(needed.toSorted()).toEqual(
      [
        ...HOST.filter((name) => name !== '@nestjs/platform-express'),
        '@nestjs/event-emitter',
        '@nestjs/schedule',
      ].toSorted(),
    );
  });
});
