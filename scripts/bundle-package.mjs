// Writes what the tarball holds: our own modules in a few files instead of 500, which take longer to find than to run. Twice:
// as ES modules (.mjs), and as CommonJS (.cjs) for test runners and other loaders that take nothing else, `require` in Jest.
// Node itself and whoever knows the condition `module-sync` requires the ES modules, so that a process has each class once.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

/**
 * Packages of which we take a small part, or that have ES modules alone: with class-validator come 20 MB and four packages,
 * of which a dozen decorators are used. Their licences are in dist/THIRD-PARTY-LICENSES.txt.
 */
const BUNDLED = /^(?:uuid|@marcbachmann\/cel-js|class-transformer|class-validator|validator)(?:\/|$)/;

const CLIENTS = ['drizzle', 'knex', 'kysely', 'mysql2', 'prisma', 'sequelize'];

const entries = {
  index: `${DIST}index.js`,
  testing: `${DIST}testing/index.js`,
  ...Object.fromEntries(CLIENTS.map((name) => [name, `${DIST}database/clients/${name}.js`])),
};

/** What the decorators of `@nestjs/swagger` do, without it; only the program that serves a document has it. */
const withoutSwagger = {
  name: 'without-swagger',
  resolveId(id, importer) {
    if (id !== '@nestjs/swagger') return null;
    const isServed = importer?.startsWith(`${DIST}operations/`);
    return isServed ? { id, external: true } : `${DIST}http/openapi-metadata.js`;
  },
};

for (const name of readdirSync(DIST)) if (/\.[cm]js$/.test(name)) rmSync(DIST + name);

const packages = new Map();

await write({ ...entries, cli: `${DIST}cli.js` }, 'esm', {
  chunkFileNames: 'module-[name].mjs',
  entryFileNames: '[name].mjs',
});
await write(entries, 'cjs', {
  entryFileNames: '[name].cjs',
  chunkFileNames: 'commonjs-[name].cjs',
  // `import()` needs a flag of Node in Jest.
  dynamicImportInCjs: false,
  codeSplitting: { groups: [{ name: 'shared', test: /dist|node_modules/ }] },
});
writeLicences();

async function write(input, format, names) {
  const bundle = await rolldown({
    input,
    platform: 'node',
    // Of CommonJS nothing can be left out.
    resolve: { mainFields: ['es2015', 'module', 'main'] },
    plugins: [withoutSwagger],
    external: (id) => id !== '@nestjs/swagger' && !BUNDLED.test(id) && /^[^./\0]/.test(id),
    onLog: (level, log, report) => log.id?.includes('node_modules') || report(level, log),
    checks: { circularDependency: false },
  });
  // Beside the entries: the package's folder is found from there. Errors, the log and Nest name classes.
  const { output } = await bundle.write({ dir: DIST, format, comments: false, keepNames: true, ...names });
  await bundle.close();
  for (const id of output.flatMap(({ moduleIds = [] }) => moduleIds)) {
    const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
    if (folder) packages.set(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  }
}

/** A licence allows copies that carry it. */
function writeLicences() {
  const texts = [...packages].toSorted().map(([folder, { name, version }]) => {
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (!file)
      throw new Error(`${name} has no licence beside ${dirname(folder)}: it cannot be put into the package.`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  const line = `\n${'-'.repeat(72)}\n\n`;
  const intro = 'Parts of these packages are in the files *.mjs and *.cjs of this folder.\n';
  writeFileSync(`${DIST}THIRD-PARTY-LICENSES.txt`, [intro, ...texts].join(line));
}
