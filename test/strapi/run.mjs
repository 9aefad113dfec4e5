// npm run test:strapi: a real Strapi with the plugin, killed while it changes content; what Posthorn has is compared.
// Names of engines (`-- postgres`) say on which, else it is SQLite and MySQL.
// STRAPI_CACHE names the folder that has Strapi, or gets it; STRAPI_TESTS=off leaves the suite out.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMysql } from '../support/private-mysql.mjs';
import { findPostgres, POSTGRES_MISSING } from '../support/private-postgres.mjs';
import { installStrapi } from './install-strapi.mjs';
import { playOn } from './scenario.mjs';

const LIMIT_S = 330;
const TOLD = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const ENGINES = TOLD.length > 0 ? TOLD : ['sqlite', 'mysql'];

let began = Date.now();
const folder = mkdtempSync(join(tmpdir(), 'posthorn-strapi-'));
const cleanUps = [];
let isLeaving = false;

process.once('SIGINT', () => void leave(130, 'Interrupted.'));
process.once('SIGTERM', () => void leave(143, 'Terminated.'));

if (process.env.STRAPI_TESTS === 'off') {
  console.log('Strapi: left out, because STRAPI_TESTS is off.');
  process.exit(0);
}

try {
  const installed = await installStrapi(say);
  // The limit is on the run: an installation takes as long as the registry does.
  began = Date.now();
  setTimeout(
    () => void leave(1, `It took longer than ${LIMIT_S} s and was cut off.`),
    LIMIT_S * 1_000,
  ).unref();
  const lines = [];
  const faults = [];
  for (const engine of ENGINES) {
    if (engine === 'mysql' && !findMysql()) {
      faults.push('mysql: there is no MySQL or MariaDB server here: apt-get install mariadb-server.');
      continue;
    }
    if (engine === 'postgres' && findPostgres() === null) {
      faults.push(`postgres: ${POSTGRES_MISSING}.`);
      continue;
    }
    const result = await playOn(engine, { folder: join(folder, engine), installed, cleanUps, say });
    lines.push(result.line);
    faults.push(...result.faults.map((fault) => `${engine}: ${fault}`));
  }
  for (const fault of faults) console.error(`  ✗ ${fault}`);
  for (const line of lines) console.log(line);
  const passed = ENGINES.filter((engine) => !faults.some((fault) => fault.startsWith(`${engine}: `)));
  console.log(
    `Strapi: ${passed.length} passed, ${ENGINES.length - passed.length} failed, of ${ENGINES.join(', ')}, in ${seconds()} s`,
  );
  await leave(faults.length === 0 ? 0 : 1);
} catch (error) {
  await leave(1, error.message.startsWith('Strapi 5') ? error.message : error.stack);
}

function say(what) {
  if (!isLeaving) console.log(`${seconds().padStart(6)} s  ${what}`);
}

function seconds() {
  return ((Date.now() - began) / 1_000).toFixed(1);
}

/** Ends everything that was started, then this process. What the programs wrote is kept when something was off. */
async function leave(code, why) {
  if (isLeaving) return;
  isLeaving = true;
  if (why) console.error(why);
  for (const cleanUp of cleanUps.toReversed()) {
    try {
      await cleanUp();
    } catch (error) {
      console.error(`Something could not be ended: ${error.message}`);
    }
  }
  if (code === 1) console.error(`What the programs wrote is in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}
