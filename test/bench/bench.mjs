// npm run bench: real processes on this machine, one run, ratios. --help tells the options.
import { writeFileSync } from 'node:fs';
import { readArguments } from './arguments.mjs';
import { frozenBuild } from './build.mjs';
import { GROUPS } from './catalogue.mjs';
import { machine } from './machine.mjs';
import { openMysql } from './parts/mysql.mjs';
import { startReceiver } from './parts/receiver.mjs';
import { startRedis } from './parts/redis.mjs';
import { profileDrain } from './profile.mjs';
import { lineOf, markdown, summarise } from './report.mjs';
import { Scope } from './scope.mjs';

/** Why a row is left out. */
const MISSING = {
  mysql: 'there is no mariadbd',
  redis: 'there is no redis-server',
  strapi: '--strapi names no folder with it',
};

const options = readArguments();
const scope = new Scope();
const startedAt = new Date().toISOString();
const log = (line) => console.log(line);

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => giveUp(`${signal} came.`));
const timer = setTimeout(
  () => giveUp(`It took longer than ${options.minutes} minutes.`),
  options.minutes * 60_000,
);

try {
  const report = await measure();
  log(`\n${markdown(report)}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
} catch (error) {
  console.error(`The bench failed: ${error.stack}`);
  process.exitCode = 1;
} finally {
  clearTimeout(timer);
  await scope.close();
}

async function measure() {
  const groups = GROUPS.map(({ rows, only, ...group }) => ({
    ...group,
    rows: only && !options.rows.includes(only) ? [] : rows.filter(({ id }) => isWanted(id, only)),
  }));
  const mysql = await openMysql(scope);
  const redis = await scope.within((inner) => startRedis(inner));
  const has = { mysql: mysql !== null, redis: redis !== null, strapi: options.strapi !== undefined };
  const bench = {
    scope,
    options,
    log,
    mysql,
    build: frozenBuild(scope, options.build),
    receiver: await startReceiver(scope),
  };
  const runs = [];
  const leftOut = new Set();
  for (const [group, { rows, repeats }] of groups.entries()) {
    for (let round = 1; round <= repeats(options); round += 1) {
      for (const row of rows) {
        const missing = row.needs.find((need) => !has[need]);
        if (missing) {
          leftOut.add(`${row.id} (${row.what}): ${MISSING[missing]}.`);
          continue;
        }
        const result = await row.run(bench);
        runs.push({ row, round, group, result });
        log(lineOf(row, round, result));
      }
    }
  }
  if (options.profile) log(await profileDrain(bench, options.profile));
  return {
    startedAt,
    machine: machine(),
    database: mysql && { version: mysql.version, settings: mysql.settings },
    redis: redis?.version ?? null,
    options,
    ...summarise(runs),
    leftOut: [...leftOut],
  };
}

/** b is taken beside f though it was not asked for: a ratio wants both. */
function isWanted(id, only) {
  return options.rows.includes(id[0]) || only !== undefined;
}

function giveUp(why) {
  console.error(`The bench gives up: ${why}`);
  void scope.close().finally(() => process.exit(1));
}
