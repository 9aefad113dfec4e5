// Bundles the program that `npm start` runs, with its packages, into dist/standalone.js and its chunks: to find and to load 3,000 files
// takes longer than all else at a start. What a host gets is written by bundle-package.mjs.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

/** Packages with code for one kind of processor, which they look up beside themselves. */
const NATIVE = /^(?:better-sqlite3|sharp)(?:\/|$)/;

/** Large packages that few deployments load. */
const RARE = /^@aws-sdk\//;

/** TypeORM and Nest ask for drivers and transports that are not installed, when they are used. */
function isMissing(id, importer) {
  if (id.startsWith('.') || id.startsWith('/') || id.startsWith('node:')) return false;
  try {
    createRequire(importer ?? import.meta.url).resolve(id);
    return false;
  } catch (error) {
    // A package for `import` alone is there.
    return error.code === 'MODULE_NOT_FOUND';
  }
}

/** Traces name the sources that the compiler read. */
const compilersMaps = {
  name: 'compilers-maps',
  load(id) {
    if (!id.startsWith(DIST) || !existsSync(`${id}.map`)) return null;
    return { code: readFileSync(id, 'utf8'), map: JSON.parse(readFileSync(`${id}.map`, 'utf8')) };
  },
};

for (const name of readdirSync(DIST)) if (name.startsWith('standalone')) rmSync(DIST + name);

const bundle = await rolldown({
  input: `${DIST}main.js`,
  cwd: root,
  platform: 'node',
  plugins: [compilersMaps],
  external: (id, importer) => NATIVE.test(id) || RARE.test(id) || isMissing(id, importer),
  // What packages do in their own code: cycles, `eval`, comments in the wrong place.
  onLog: (level, log, report) => log.id?.includes('node_modules') || report(level, log),
  checks: { eval: false, circularDependency: false },
});
await bundle.write({
  dir: 'dist',
  entryFileNames: 'standalone.js',
  chunkFileNames: 'standalone-[name].js',
  format: 'esm',
  codeSplitting: { groups: [{ name: 'packages', test: /node_modules/ }] },
  // With one character that Latin-1 lacks a text takes twice its memory.
  charset: 'ascii',
  comments: false,
  // Errors and the log name classes.
  keepNames: true,
  sourcemap: true,
});
await bundle.close();

// The map of the packages would take 30 MB of memory, for lines that are as their packages have them.
const packages = `${DIST}standalone-packages.js`;
rmSync(`${packages}.map`);
writeFileSync(packages, readFileSync(packages, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
