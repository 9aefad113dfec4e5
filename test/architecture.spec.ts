import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { readingPath } from '../scripts/reading-path.mjs';
import { PACKAGE_ROOT } from '../src/package.js';

/** Which rooms a room may know, beside itself and `package.ts`. A room stands above everything that it may know. */
const ALLOWED: Record<string, string[]> = {
  host: [],
  archive: ['host'],
  events: ['host'],
  http: ['database', 'host'],
  auth: ['host', 'http'],
  database: ['host'],
  settings: ['archive', 'events', 'http'],
  verification: [],
  inbox: ['database'],
  content: ['auth', 'database', 'events', 'host', 'http'],
  media: ['auth', 'database', 'events', 'host', 'http'],
  webhooks: ['auth', 'database', 'events', 'host', 'http', 'settings'],
  delivery: ['archive', 'auth', 'database', 'events', 'host', 'http', 'settings', 'webhooks'],
  admin: ['auth', 'database', 'events', 'host', 'http'],
  cli: ['archive', 'content', 'database', 'http', 'settings', 'webhooks'],
  dashboard: ['auth', 'host', 'http'],
  operations: ['auth', 'events', 'host', 'http'],
  testing: ['delivery', 'events', 'host', 'verification'],
  // Composition: the only room that knows every module. What starts the programs belongs to it.
  app: [
    'admin',
    'archive',
    'auth',
    'cli',
    'content',
    'dashboard',
    'database',
    'delivery',
    'events',
    'host',
    'http',
    'inbox',
    'media',
    'operations',
    'settings',
    'verification',
    'webhooks',
  ],
};

/** Files that stand in `src` itself. All but `package.ts`, which every room may know, belong to the composition. */
const TOP_FILES = ['app.module.ts', 'cli.ts', 'index.ts', 'main.ts', 'package.ts'];

/**
 * The floors of the delivery room, lowest first: a folder may know folders of lower floors, and others of its own floor
 * where that makes no circle.
 */
const DELIVERY_FLOORS = [
  ['model', 'options', 'retry', 'webhook-cache'],
  ['admission', 'claiming', 'fan-out', 'tracing'],
  ['recording', 'sending', 'history'],
  ['outcomes', 'health', 'live-updates'],
  ['worker'],
  ['redelivery', 'recovery', 'erasure', 'rollups', 'handshake'],
  ['retention', 'rest'],
];

/** An import of one file of `src` by another, paths relative to `src` with `/`. */
interface Arrow {
  from: string;
  to: string;
}

/** The room of a file; null for `package.ts`, which belongs to none. */
function roomOf(file: string): string | null {
  if (file === 'package.ts') return null;
  const [first = '', ...rest] = file.split('/');
  return rest.length === 0 ? 'app' : first;
}

/** What stands for a file inside its room: the folder it is in, or the file itself where it stands in no folder. */
function nodeOf(file: string): string {
  const [room, folder, ...rest] = file.split('/');
  if (folder === undefined) return file;
  return rest.length === 0 ? file : `${room}/${folder}`;
}

/** What is wrong with an import between rooms; null when it may stand. */
function wrongArrow(file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const to = targetOf(file, specifier);
  if (to.startsWith('..')) {
    return isTestSupport(file, to) ? null : `${file} imports ${specifier}, which is outside of src`;
  }
  const [room, target] = [roomOf(file), roomOf(to)];
  if (target === null || room === target) return null;
  if (room === null) return `${file} imports ${specifier}, but package.ts may know no room`;
  const allowed = ALLOWED[room];
  if (!allowed)
    return `${file} is in a room that ${relative(PACKAGE_ROOT, import.meta.filename)} does not know`;
  return allowed.includes(target) ? null : `${file} imports ${specifier}, but ${room} may not know ${target}`;
}

/** A unit test may use what the tests share, but for what boots the whole application. */
function isTestSupport(file: string, target: string): boolean {
  return file.endsWith('.spec.ts') && /^\.\.\/test\/support\/(?!start-app|stage|process-app)/.test(target);
}

/** What is wrong with an import between two folders of the delivery room; null when it may stand. */
function wrongFloor({ from, to }: Arrow): string | null {
  const [lower, upper] = [floorOf(to), floorOf(from)];
  if (lower === null || upper === null || lower <= upper) return null;
  return `${from} (floor ${upper}) imports ${to} (floor ${lower}): a floor may not know a higher one`;
}

function floorOf(file: string): number | null {
  const [room, folder, ...rest] = file.split('/');
  if (room !== 'delivery' || rest.length === 0) return null;
  const floor = DELIVERY_FLOORS.findIndex((folders) => folders.includes(folder ?? ''));
  if (floor < 0) throw new Error(`delivery/${folder} stands on no floor of DELIVERY_FLOORS.`);
  return floor;
}

/**
 * The circles of a graph: groups of nodes that reach each other (Tarjan's strongly connected components).
 *
 * @returns groups of two nodes or more, each sorted
 */
function circlesOf(arrows: readonly Arrow[]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of arrows) {
    if (from === to) continue;
    next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    const mine = index.size;
    index.set(node, mine);
    let lowest = mine;
    stack.push(node);
    for (const one of next.get(node) ?? []) {
      if (!index.has(one)) lowest = Math.min(lowest, visit(one));
      else if (stack.includes(one)) lowest = Math.min(lowest, index.get(one) ?? 0);
    }
    low.set(node, lowest);
    if (lowest === mine) {
      const circle = stack.splice(stack.indexOf(node));
      if (circle.length > 1) circles.push(circle.toSorted());
    }
    return lowest;
  };
  for (const node of next.keys()) if (!index.has(node)) visit(node);
  return circles;
}

/** The imports that make the circles of folders, as sentences; none when there is no circle. */
function circleProblems(arrows: readonly Arrow[], keyOf: (file: string) => string): string[] {
  const circles = circlesOf(arrows.map(({ from, to }) => ({ from: keyOf(from), to: keyOf(to) })));
  return circles.flatMap((circle) => [
    `circle: ${circle.join(', ')}`,
    ...arrows
      .filter(({ from, to }) => keyOf(from) !== keyOf(to))
      .filter(({ from, to }) => circle.includes(keyOf(from)) && circle.includes(keyOf(to)))
      .map(({ from, to }) => `  ${from} imports ${to}`),
  ]);
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g;

function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].map(([, from, bare]) => from ?? bare ?? '');
}

function targetOf(file: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, '.ts');
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

const SRC = join(PACKAGE_ROOT, 'src');
const FILES = sourceFiles(SRC);
const SPECIFIERS = new Map(FILES.map((file) => [file, importsOf(readFileSync(join(SRC, file), 'utf8'))]));

/** Every import of one server file by another; unit tests and the page are not the server's. */
const ARROWS: Arrow[] = FILES.filter(
  (file) => !file.endsWith('.spec.ts') && !file.startsWith('dashboard/page/'),
)
  .flatMap((from) =>
    (SPECIFIERS.get(from) ?? [])
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => ({ from, to: targetOf(from, specifier) })),
  )
  .filter(({ to }) => SPECIFIERS.has(to));

describe('The arrows between the rooms', () => {
  it('run one way', () => {
    const wrong = FILES.flatMap((file) =>
      (SPECIFIERS.get(file) ?? [])
        .map((specifier) => wrongArrow(file, specifier))
        .filter((problem) => problem !== null),
    );
    expect(wrong).toEqual([]);
  });

  it('have no room that is not in the table', () => {
    const rooms = new Set(FILES.map(roomOf));
    rooms.delete(null);
    expect([...rooms].filter((room) => !Object.hasOwn(ALLOWED, room ?? ''))).toEqual([]);
  });

  it('have a table without circles', () => {
    expect(
      circlesOf(Object.entries(ALLOWED).flatMap(([from, known]) => known.map((to) => ({ from, to })))),
    ).toEqual([]);
  });

  it('begin at no loose file in src but those that start and name the package', () => {
    expect(FILES.filter((file) => !file.includes('/')).toSorted()).toEqual(TOP_FILES);
  });

  it('have none that leads out of what receivers import', () => {
    const outside = FILES.filter((file) => file.startsWith('verification/') && !file.endsWith('.spec.ts'))
      .flatMap((file) => SPECIFIERS.get(file) ?? [])
      .filter((specifier) => specifier.startsWith('..'));
    expect(outside).toEqual([]);
  });

  it.each([
    ['content/entries/entries.ts', '../../delivery/delivery-worker.js', 'content may not know delivery'],
    ['media/media.module.ts', '../content/content.module.js', 'media may not know content'],
    ['webhooks/webhook-source.ts', '../delivery/entities.js', 'webhooks may not know delivery'],
    ['events/announce.ts', '../content/content.module.js', 'events may not know content'],
    ['events/events.module.ts', '../http/envelope-error.js', 'events may not know http'],
    ['http/envelope.filter.ts', '../events/actor.js', 'http may not know events'],
    ['delivery/delivery.module.ts', '../admin/admin.module.js', 'delivery may not know admin'],
    ['delivery/delivery.spec.ts', '../content/content.module.js', 'delivery may not know content'],
    ['content/content.module.ts', '../app.module.js', 'content may not know app'],
    ['content/content.module.ts', '../app/module-options.js', 'content may not know app'],
    ['content/content.spec.ts', '../../test/support/start-app.js', 'outside of src'],
    ['content/content.module.ts', '../../test/support/receiver.js', 'outside of src'],
    ['novelty/novelty.ts', '../content/entry.js', 'does not know'],
  ])('would be refused from %s to %s', (file, specifier, problem) => {
    expect(wrongArrow(file, specifier)).toContain(problem);
  });

  it.each([
    ['delivery/fan-out/fan-out.ts', '../../webhooks/webhook-source.js'],
    ['content/entries/entries.ts', '../../events/announce.js'],
    ['delivery/sending/sender.ts', '../../package.js'],
    ['host/time-ordered-ids.spec.ts', '../../test/support/databases.js'],
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

describe('The arrows inside a room', () => {
  it.each(Object.keys(ALLOWED))('make no circle of folders in %s', (room) => {
    const inside = ARROWS.filter(({ from, to }) => roomOf(from) === room && roomOf(to) === room);
    expect(circleProblems(inside, nodeOf)).toEqual([]);
  });

  it('make no circle of files anywhere', () => {
    expect(circleProblems(ARROWS, (file) => file)).toEqual([]);
  });

  it('lead from no floor of delivery to a higher one', () => {
    expect(ARROWS.map(wrongFloor).filter((problem) => problem !== null)).toEqual([]);
  });

  it('are told by the import that makes a circle', () => {
    const arrows = [
      { from: 'delivery/model/claim.ts', to: 'delivery/worker/delivery-worker.ts' },
      { from: 'delivery/worker/delivery-worker.ts', to: 'delivery/model/claim.ts' },
      { from: 'delivery/worker/delivery-worker.ts', to: 'delivery/sending/sender.ts' },
    ];
    expect(circleProblems(arrows, nodeOf)).toEqual([
      'circle: delivery/model, delivery/worker',
      '  delivery/model/claim.ts imports delivery/worker/delivery-worker.ts',
      '  delivery/worker/delivery-worker.ts imports delivery/model/claim.ts',
    ]);
  });

  it('are told by the import that goes up a floor', () => {
    const up = { from: 'delivery/model/claim.ts', to: 'delivery/worker/delivery-worker.ts' };
    expect(wrongFloor(up)).toBe(
      'delivery/model/claim.ts (floor 0) imports delivery/worker/delivery-worker.ts (floor 4): a floor may not know a higher one',
    );
    expect(wrongFloor({ from: up.to, to: up.from })).toBeNull();
  });
});

describe('The path of a delivery', () => {
  const path = readingPath().map((file) => `src/delivery/${file}`);

  it('is followed in at most 25 files', () => {
    expect(path).toContain('src/delivery/claiming/delivery-claimer.ts');
    expect(path).toContain('src/delivery/sending/sender.ts');
    expect(path).toContain('src/delivery/outcomes/outcome-recorder.ts');
    expect(path.length).toBeLessThanOrEqual(25);
  });

  it('is listed in ARCHITECTURE.md, in order', () => {
    const text = readFileSync(join(PACKAGE_ROOT, 'ARCHITECTURE.md'), 'utf8');
    const [, list = ''] = /<!-- files:.*?-->(.*?)<!-- \/files -->/s.exec(text) ?? [];
    expect([...list.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file]) => file)).toEqual(path);
  });
});
