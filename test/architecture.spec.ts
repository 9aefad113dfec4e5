import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { PACKAGE_ROOT } from '../src/package.js';

/** What every room may know. These know no room, only each other. */
const GROUND_FLOOR = ['database', 'events', 'http', 'settings', 'time', 'verification'];

/** Which rooms a room may know, beside itself and the ground floor. */
const ALLOWED: Record<string, string[]> = {
  ...Object.fromEntries(GROUND_FLOOR.map((room) => [room, []])),
  content: [],
  media: [],
  webhooks: [],
  delivery: ['webhooks'],
  admin: [],
  cli: ['webhooks'],
  dashboard: [],
  operations: [],
  // Composes the rooms as `src` itself does, for a host.
  embedding: ['admin', 'dashboard', 'delivery', 'operations', 'webhooks'],
  testing: ['delivery'],
};

/** Files that stand in `src` itself and are no composition: rooms may know them. */
const SHARED_FILES = ['package-root.ts', 'version.ts'];

/** What an import does wrong; null when it may stand. Paths are relative to `src`, with `/`. */
function wrongArrow(file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const [from, ...inside] = file.split('/');
  // What stands in `src` itself composes the rooms and may know them all.
  if (!from || inside.length === 0) return null;
  const target = posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, '.ts');
  if (target.startsWith('..'))
    return isTestSupport(file, target) ? null : `${file} imports ${specifier}, which is outside of src`;
  const [to, ...rest] = target.split('/');
  if (!to) return null;
  if (rest.length === 0) {
    return SHARED_FILES.includes(to)
      ? null
      : `${file} imports ${specifier}, which belongs to the composition`;
  }
  if (from === to || GROUND_FLOOR.includes(to)) {
    return null;
  }
  const allowed = ALLOWED[from];
  if (!allowed)
    return `${file} is in a room that ${relative(PACKAGE_ROOT, import.meta.filename)} does not know`;
  return allowed.includes(to) ? null : `${file} imports ${specifier}, but ${from} may not know ${to}`;
}

/** A unit test may use what the tests share, but for what boots the whole application. */
function isTestSupport(file: string, target: string): boolean {
  return file.endsWith('.spec.ts') && /^\.\.\/test\/support\/(?!start-app|process-app)/.test(target);
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g;

function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].map(([, from, bare]) => from ?? bare ?? '');
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

describe('The arrows between the rooms', () => {
  const src = join(PACKAGE_ROOT, 'src');

  it('run one way', () => {
    const wrong = sourceFiles(src).flatMap((file) =>
      importsOf(readFileSync(join(src, file), 'utf8'))
        .map((specifier) => wrongArrow(file, specifier))
        .filter((problem) => problem !== null),
    );
    expect(wrong).toEqual([]);
  });

  it('have no room that is not in the table', () => {
    const rooms = new Set(sourceFiles(src).map((file) => dirname(file).split('/')[0]));
    rooms.delete('.');
    expect([...rooms].filter((room) => !Object.hasOwn(ALLOWED, room ?? ''))).toEqual([]);
  });

  it('have none that leads out of what receivers import', () => {
    const verification = join(src, 'verification');
    const outside = sourceFiles(verification)
      .filter((file) => !file.endsWith('.spec.ts'))
      .flatMap((file) => importsOf(readFileSync(join(verification, file), 'utf8')))
      .filter((specifier) => specifier.startsWith('..'));
    expect(outside).toEqual([]);
  });

  it.each([
    ['content/entries/entries.ts', '../../delivery/delivery-worker.js', 'content may not know delivery'],
    ['media/media.module.ts', '../content/content.module.js', 'media may not know content'],
    ['webhooks/webhook-registry.ts', '../delivery/delivery-options.js', 'webhooks may not know delivery'],
    ['events/announce.ts', '../content/content.module.js', 'events may not know content'],
    ['delivery/delivery.module.ts', '../admin/admin.module.js', 'delivery may not know admin'],
    ['delivery/delivery.spec.ts', '../content/content.module.js', 'delivery may not know content'],
    ['content/content.module.ts', '../app.module.js', 'belongs to the composition'],
    ['content/content.spec.ts', '../../test/support/start-app.js', 'outside of src'],
    ['content/content.module.ts', '../../test/support/receiver.js', 'outside of src'],
    ['novelty/novelty.ts', '../content/entry.js', 'does not know'],
  ])('would be refused from %s to %s', (file, specifier, problem) => {
    expect(wrongArrow(file, specifier)).toContain(problem);
  });

  it.each([
    ['delivery/fan-out/fan-out.ts', '../../webhooks/webhook-registry.js'],
    ['content/entries/entries.ts', '../../events/announce.js'],
    ['delivery/sending/sender.ts', '../../version.js'],
    ['time/time-ordered-ids.spec.ts', '../../test/support/manual-clock.js'],
    ['app.module.ts', './delivery/delivery.module.js'],
    ['content/content.module.ts', '@nestjs/common'],
  ])('may run from %s to %s', (file, specifier) => {
    expect(wrongArrow(file, specifier)).toBeNull();
  });

  it.each([
    [`import { a,\n  b } from './a.js';`, ['./a.js']],
    [`import type { A } from './a.js';\nexport * from "./b.js";`, ['./a.js', './b.js']],
    [`import './effect.js';\nconst c = await import('./c.js');`, ['./effect.js', './c.js']],
  ])('are found in %j', (source, specifiers) => {
    expect(importsOf(source)).toEqual(specifiers);
  });
});
