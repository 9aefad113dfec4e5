import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCHEMAS = fileURLToPath(new URL('project', import.meta.url));

/** The native part of better-sqlite3 that this repository's own install has built. */
const SQLITE = createRequire(import.meta.url).resolve('better-sqlite3/package.json');

/** The folder's package.json. */
export function describePackage(strapiVersion) {
  const { version } = createRequire(import.meta.url)(SQLITE);
  return {
    name: 'strapi-recording',
    private: true,
    version: '0.0.0',
    dependencies: { '@strapi/strapi': strapiVersion, 'better-sqlite3': version },
  };
}

/** Writes a Strapi project with the content types of `project/` into a folder, whose packages are installed. */
export async function writeStrapiProject(folder, port) {
  await cp(SCHEMAS, folder, { recursive: true });
  await cp(join(dirname(SQLITE), 'build'), join(folder, 'node_modules/better-sqlite3/build'), {
    recursive: true,
  });
  for (const name of await readdir(join(folder, 'src/api'))) {
    const api = join(folder, 'src/api', name);
    for (const [kind, maker] of [
      ['controllers', 'createCoreController'],
      ['services', 'createCoreService'],
      ['routes', 'createCoreRouter'],
    ]) {
      await mkdir(join(api, kind), { recursive: true });
      const source = `module.exports = require('@strapi/strapi').factories.${maker}('api::${name}.${name}');\n`;
      await writeFile(join(api, kind, `${name}.js`), source);
    }
  }
  const configurations = {
    server: { host: '127.0.0.1', port, app: { keys: ['a', 'b'] } },
    admin: {
      serveAdminPanel: false,
      auth: { secret: 'secret' },
      apiToken: { salt: 'salt' },
      transfer: { token: { salt: 'salt' } },
      secrets: { encryptionKey: 'encryption-key' },
    },
    database: {
      connection: { client: 'sqlite', connection: { filename: '.tmp/data.db' }, useNullAsDefault: true },
    },
    middlewares: [
      'strapi::logger',
      'strapi::errors',
      'strapi::security',
      'strapi::cors',
      'strapi::query',
      'strapi::body',
      'strapi::session',
      'strapi::favicon',
      'strapi::public',
    ],
    api: {},
  };
  await mkdir(join(folder, 'config'), { recursive: true });
  await mkdir(join(folder, 'public/uploads'), { recursive: true });
  await mkdir(join(folder, '.tmp'), { recursive: true });
  for (const [name, value] of Object.entries(configurations)) {
    await writeFile(
      join(folder, 'config', `${name}.js`),
      `module.exports = ${JSON.stringify(value, null, 2)};\n`,
    );
  }
}
