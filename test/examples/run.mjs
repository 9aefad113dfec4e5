// npm run test:embed: the examples, installed from the packed tarball in empty folders, run against a real server.
// Arguments name examples; without any all are run.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { findMysql, PrivateMysql } from '../support/private-mysql.mjs';
import { clients } from './clients.mjs';
import { installExample, packPackage } from './install-example.mjs';
import { startReceiver } from './receiver.mjs';
import { startExample } from './running-example.mjs';
import { monolith } from './monolith.mjs';
import { nest11 } from './nest11.mjs';

const endings = [];
let passed = 0;
let failed = 0;

try {
  const server = await database();
  const packed = await packPackage();
  endings.push(packed.remove);
  for (const [name, steps] of [
    ['monolith', monolith],
    ['nest11-commonjs', nest11],
    ['clients', clients],
  ].filter(([name]) => process.argv.length === 2 || process.argv.includes(name))) {
    console.log(`${name}:`);
    const receiver = await startReceiver();
    endings.push(receiver.close);
    let folder;
    await step('installs and builds from the packed tarball', async () => {
      const installed = await installExample(name, packed.tarball);
      endings.push(installed.remove);
      folder = installed.folder;
    });
    const schema = `shop_${randomBytes(4).toString('hex')}`;
    await server.query(`CREATE DATABASE ${schema} CHARACTER SET utf8mb4`);
    endings.push(() => server.query(`DROP DATABASE ${schema}`));
    const env = {
      DATABASE_URL: `${server.url}/${schema}`,
      SECRETS_KEY: randomBytes(32).toString('base64'),
    };
    const running = [];
    endings.push(() => Promise.all(running.map((one) => one.kill())));
    const start = async (more, ready) => {
      const one = await startExample(folder, { ...env, ...more }, ready);
      running.push(one);
      return one;
    };
    await steps({ start, receiver, step, folder });
  }
} catch (error) {
  failed += 1;
  console.error(error);
} finally {
  for (const end of endings.toReversed()) {
    await Promise.resolve(end()).catch((error) =>
      console.error(`Something could not be ended: ${error.message}`),
    );
  }
}
console.log(`Examples: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function step(name, work) {
  try {
    await work();
  } catch (error) {
    throw new Error(`"${name}": ${error.stderr ?? error.message}${error.stdout ? `\n${error.stdout}` : ''}`, {
      cause: error,
    });
  }
  passed += 1;
  console.log(`  ✓ ${name}`);
}

async function database() {
  assert.ok(findMysql(), 'There is no MySQL or MariaDB server here: apt-get install mariadb-server.');
  const server = await PrivateMysql.create();
  endings.push(() => server.remove());
  return server;
}
