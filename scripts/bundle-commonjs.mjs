// Writes the package as CommonJS, for test runners and other loaders that take nothing else: `require` in Jest. Node itself
// and whoever knows the condition `module-sync` requires the ES modules, so that a process has each class once.
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

/** Packages that have ES modules alone. */
const BUNDLED = /^(?:uuid|@marcbachmann\/cel-js)(?:\/|$)/;

const CLIENTS = ['drizzle', 'knex', 'kysely', 'mysql2', 'prisma', 'sequelize'];

for (const name of readdirSync(DIST)) if (name.endsWith('.cjs')) rmSync(DIST + name);

const bundle = await rolldown({
  input: {
    index: `${DIST}index.js`,
    testing: `${DIST}testing/index.js`,
    ...Object.fromEntries(CLIENTS.map((name) => [name, `${DIST}database/clients/${name}.js`])),
  },
  platform: 'node',
  external: (id) => !BUNDLED.test(id) && !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('\0'),
  onLog: (level, log, report) => log.id?.includes('node_modules') || report(level, log),
  checks: { circularDependency: false },
});
await bundle.write({
  dir: DIST,
  entryFileNames: '[name].cjs',
  // Beside the entries: the package's folder is found from there.
  chunkFileNames: 'commonjs-[name].cjs',
  format: 'cjs',
  // `import()` needs a flag of Node in Jest.
  dynamicImportInCjs: false,
  codeSplitting: { groups: [{ name: 'shared', test: /dist|node_modules/ }] },
  comments: false,
  // Errors, the log and Nest name classes.
  keepNames: true,
});
await bundle.close();
