// The pictures of the README, taken of the real program with a lively day behind it: npm run screenshots
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openChromium, requireChromium } from '../browser/chromium.mjs';
import { startProgram, startReceiver } from '../browser/program.mjs';
import { layHistory } from './lay-history.mjs';
import { sampleEvents } from './samples.mjs';
import { takePictures } from './take.mjs';
import { WEBHOOKS } from './webhooks.mjs';

const STEP_MS = 600_000;
const ENOUGH_MS = 180_000;

const executable = requireChromium('No picture was taken');

const receiver = await startReceiver();
let program;
let browser;
let database;
try {
  program = await startProgram();
  database = new Database(join(program.dataDir, 'posthorn.sqlite'));
  const webhooks = await registered(program);
  const samples = await sampleEvents(program, database);
  await readdressed(program, webhooks);
  await stepUnderWay();
  await layHistory(database, samples, webhooks);
  await mkdir(new URL('../../docs/images/', import.meta.url), { recursive: true });
  browser = await openChromium(executable);
  await takePictures(browser, program);
} finally {
  await browser?.close();
  database?.close();
  await program?.end();
  receiver.end();
}

/** Creates the webhooks with a receiver that is there: the samples are really sent. */
async function registered({ call }) {
  const webhooks = [];
  for (const webhook of WEBHOOKS) {
    const input = { headers: {}, ...webhook.input, url: receiver.url };
    webhooks.push({ ...webhook, id: (await call('POST', '/admin/webhooks', input)).id });
  }
  return webhooks;
}

/** From now on they have the addresses that the pictures show. Nothing is due for any of them any more. */
async function readdressed({ call }, webhooks) {
  for (const { id, input } of webhooks) await call('PUT', `/admin/webhooks/${id}`, { headers: {}, ...input });
}

/** A step of the charts that has only begun shows little of how things go: its first minutes are waited for. */
async function stepUnderWay() {
  const begun = Date.now() % STEP_MS;
  if (begun < ENOUGH_MS) await new Promise((resolve) => setTimeout(resolve, ENOUGH_MS - begun));
}
