// npm run bench: real processes on this machine, one run, ratios. --help tells the options.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readArguments } from './arguments.mjs';
import { frozenBuild } from './build.mjs';
import { GROUPS, OLD } from './catalogue.mjs';
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
        for (const [build, asRow] of buildsOf(row, bench.build, round)) {
          const result = await row.run({ ...bench, build });
          runs.push({ row: asRow, round, group, result });
          log(lineOf(asRow, round, result));
        }
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

/** The builds that a row is taken with, in an order that changes from round to round. */
function buildsOf(row, build, round) {
  if (!options.against || row.isNew) return [[build, row]];
  const old = { ...row, id: `${row.id}-${OLD}`, name: `${row.name}-${OLD}`, what: `${row.what}, --against` };
  const both = [
    [build, row],
    [resolve(options.against), old],
  ];
  return round % 2 === 0 ? both.toReversed() : both;
}

/** b is taken beside f though it was not asked for: a ratio wants both. */
function isWanted(id, only) {
  return options.rows.includes(id) || only !== undefined;
}

function giveUp(why) {
  console.error(`The bench gives up: ${why}`);
  void scope.close().finally(() => process.exit(1));
}
