// npm run test:weight: what the packed tarball adds to a host with @nestjs/core and TypeORM, measured in empty folders: packages,
// megabytes, the time to import it, and the time of a start. Says where a bound is passed, and ends with 1 then.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { packPackage } from '../test/examples/install-example.mjs';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const BOUNDS = { packages: 22, megabytes: 30, importRatio: 1.3, startSeconds: 0.6 };
const PAIRS = Number(process.env.PAIRS ?? 11);

const HOST = {
  '@nestjs/common': '^12.5.1',
  '@nestjs/core': '^12.5.1',
  '@nestjs/platform-express': '^12.5.1',
  '@nestjs/typeorm': '^12.0.2',
  'better-sqlite3': '^12.11.1',
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.2',
  typeorm: '^1.1.1',
};

const IMPORT = `import 'reflect-metadata';
import '@nestjs/core';
import 'typeorm';
`;

/** A host that starts, answers, and ends; OURS is put where the module would be. */
const START = (ours) => `import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
${ours ? "import { webhooksEntities, WebhooksModule } from 'posthorn';" : ''}
class AppModule {}
const app = await NestFactory.create({
  module: AppModule,
  imports: [
    TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities: [${ours ? '...webhooksEntities()' : ''}] }),
    ${ours ? "WebhooksModule.forRoot({ secretsKey: Buffer.alloc(32, 1).toString('base64'), adminTokens: true, migrate: true })," : ''}
  ],
}, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
process.exit(0);
`;

const folder = await mkdtemp(join(tmpdir(), 'posthorn-weight-'));
const packed = await packPackage();
try {
  const bare = await install('bare', HOST);
  const full = await install('full', {
    ...HOST,
    '@nestjs/event-emitter': '^12.0.1',
    '@nestjs/schedule': '^12.0.2',
    posthorn: `file:${packed.tarball}`,
  });
  const packages = full.packages.filter((path) => !bare.packages.includes(path));
  await writeFile(join(full.at, 'import.mjs'), IMPORT);
  await writeFile(join(full.at, 'import-ours.mjs'), `${IMPORT}import 'posthorn';\n`);
  await writeFile(join(full.at, 'start.mjs'), START(false));
  await writeFile(join(full.at, 'start-ours.mjs'), START(true));
  const [imports, importsOurs] = await timePairs(full.at, 'import.mjs', 'import-ours.mjs');
  const [nothing] = await timePairs(full.at, 'nothing.mjs', 'nothing.mjs', 3);
  const [starts, startsOurs] = await timePairs(full.at, 'start.mjs', 'start-ours.mjs');
  const figures = {
    packages: packages.length,
    megabytes: round((full.bytes - bare.bytes) / 1e6),
    // Without the start of Node itself.
    importRatio: round((importsOurs - nothing) / (imports - nothing)),
    startSeconds: round((startsOurs - starts) / 1000),
  };
  console.log(`Packages: ${packages.join(', ')}`);
  console.log(
    `Import: ${Math.round(imports)} ms without, ${Math.round(importsOurs)} ms with; Node alone ${Math.round(nothing)} ms.`,
  );
  console.log(`Start: ${Math.round(starts)} ms without, ${Math.round(startsOurs)} ms with.`);
  for (const [name, bound] of Object.entries(BOUNDS)) {
    console.log(`${figures[name] <= bound ? '✓' : '✗'} ${name}: ${figures[name]} (at most ${bound})`);
  }
  // Times differ with the machine and what else it does: told, and judged by a person.
  if (figures.packages > BOUNDS.packages || figures.megabytes > BOUNDS.megabytes) process.exitCode = 1;
} finally {
  await packed.remove();
  await rm(folder, { recursive: true, force: true });
}

/** @returns the folder, the paths of its packages, and the bytes of all of their files */
async function install(name, dependencies) {
  const at = join(folder, name);
  await cp(join(ROOT, 'LICENSE'), join(at, 'LICENSE'));
  await writeFile(
    join(at, 'package.json'),
    JSON.stringify({ name, private: true, type: 'module', dependencies }),
  );
  await writeFile(join(at, 'nothing.mjs'), '');
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: at,
    maxBuffer: 2 ** 26,
  });
  const lock = JSON.parse(await readFile(join(at, 'node_modules/.package-lock.json'), 'utf8'));
  // SQLite as it was compiled for the tests: npm would compile it again.
  const built = 'node_modules/better-sqlite3/build';
  const bytes = await weigh(join(at, 'node_modules'));
  await cp(join(ROOT, built), join(at, built), { recursive: true });
  return { at, packages: Object.keys(lock.packages).filter((path) => path !== ''), bytes };
}

async function weigh(path) {
  const entries = await readdir(path, { withFileTypes: true });
  const sizes = await Promise.all(
    entries.map((entry) => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return weigh(inner);
      return entry.isFile() ? stat(inner).then(({ size }) => size) : 0;
    }),
  );
  return sizes.reduce((total, size) => total + size, 0);
}

/** The medians of two programs that run in turn, so that what else the machine does meets both. */
async function timePairs(cwd, first, second, pairs = PAIRS) {
  const times = [[], []];
  for (let pair = 0; pair <= pairs; pair += 1) {
    for (const [at, file] of [first, second].entries()) {
      const began = performance.now();
      await run(process.execPath, [file], { cwd });
      // The first pair reads the files from disk.
      if (pair > 0) times[at].push(performance.now() - began);
    }
  }
  return times.map((list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]);
}

function round(value) {
  return Math.round(value * 100) / 100;
}
