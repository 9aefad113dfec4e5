// A ledger against the real program: what was acknowledged arrives, whatever is killed and whenever.
//   npm run chaos -- [--short] [--seed N] [--json FILE] …
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from './judge.mjs';
import { readOptions } from './options.mjs';
import { reportJson, reportText } from './report.mjs';
import { play } from './scenario.mjs';

const began = Date.now();
const options = optionsOrUsage();
const folder = mkdtempSync(join(tmpdir(), 'posthorn-chaos-'));
const cleanUps = [];
let isLeaving = false;

process.once('SIGINT', () => void leave(130, 'Interrupted.'));
process.once('SIGTERM', () => void leave(143, 'Terminated.'));

try {
  cutOffAfter(options.limit);
  console.log(`Chaos: ${options.changes} changes on ${options.instances} instances. Seed: ${options.seed}`);
  const { answers, ...accounts } = await play(options, folder, cleanUps, say);
  const report = {
    options,
    judgement: judge(accounts),
    webhooks: accounts.webhooks,
    answers,
    seconds: secondsSinceBegin(),
  };
  console.log(reportText(report));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(reportJson(report), null, 2)}\n`);
  await leave(report.judgement.passed ? 0 : 1);
} catch (error) {
  await leave(1, error.stack);
}

function optionsOrUsage() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`Chaos: ${error.message}`);
    return process.exit(1);
  }
}

function say(what) {
  if (!isLeaving) console.log(`${secondsSinceBegin().toFixed(1).padStart(7)} s  ${what}`);
}

function secondsSinceBegin() {
  return (Date.now() - began) / 1_000;
}

function cutOffAfter(seconds) {
  const timer = setTimeout(
    () => void leave(1, `It took longer than ${seconds} s and was cut off.`),
    seconds * 1_000,
  );
  timer.unref();
}

/** Ends everything that was started, then this process. What the instances wrote is kept when something was off. */
async function leave(code, why) {
  if (isLeaving) return;
  isLeaving = true;
  if (why) console.error(`Chaos: ${why}`);
  for (const cleanUp of cleanUps.toReversed()) {
    try {
      await cleanUp();
    } catch (error) {
      console.error(`Chaos: something could not be ended: ${error.message}`);
    }
  }
  if (code === 1) console.error(`Chaos: what the instances wrote is in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}
