import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Instance } from '../chaos/instances.mjs';
import { Prng } from '../chaos/prng.mjs';
import { eventually } from '../support/eventually.mjs';
import { compareBodies, refuseOneEntry } from './checks.mjs';
import { MysqlTables, PostgresTables, readPosthorn, SqliteTables } from './tables.mjs';
import { moveWebhooks } from './mirror.mjs';
import { createProject } from './install-strapi.mjs';
import { judge } from './judge.mjs';
import { StrapiInstance } from './strapi-instance.mjs';
import { WayToPosthorn } from './way-to-posthorn.mjs';
import { Writers } from './writers.mjs';

const PROGRAM = fileURLToPath(new URL('../../dist/standalone.js', import.meta.url));
const TOKEN = 'strapi-suite-token';
const CUSTOM = [{ name: 'order.paid', description: 'An order was paid.' }];
const LONGEST_WAIT_MS = 90_000;

const TABLES = { sqlite: SqliteTables, mysql: MysqlTables, postgres: PostgresTables };

/** What is played: how many changes, and after which of them who is killed how. */
const PLANS = {
  sqlite: {
    instances: 1,
    changes: 200,
    blows: { 50: ['strapi', 0, 'after 202'], 100: ['posthorn'], 140: ['strapi', 0] },
  },
  mysql: {
    instances: 2,
    changes: 500,
    blows: {
      60: ['strapi', 0, 'after 202'],
      130: ['posthorn'],
      200: ['strapi', 1],
      270: ['strapi', 1, 'after 202'],
      340: ['posthorn'],
      410: ['strapi', 0],
    },
  },
};

PLANS.postgres = PLANS.mysql;

/**
 * Plays on one engine: Strapi with the plugin, Posthorn, writers, and kills of both.
 *
 * @returns {Promise<{line: string, faults: string[]}>} a line of counts, and what was off
 */
export async function playOn(engine, { folder, installed, cleanUps, say }) {
  const plan = PLANS[engine];
  if (!plan) throw new Error(`There is no engine "${engine}": ${Object.keys(PLANS).join(', ')}.`);
  mkdirSync(folder, { recursive: true });
  const project = createProject(join(folder, 'project'), installed);
  const tables = await TABLES[engine].create(folder);
  cleanUps.push(() => tables.remove());
  const ownEnds = [];
  const posthorn = new Instance(1, {
    program: PROGRAM,
    folder,
    env: {
      ADMIN_TOKEN: TOKEN,
      SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
      EVENTS_CUSTOM: JSON.stringify(CUSTOM),
    },
    onEnd: (life) => ownEnds.push(life),
  });
  cleanUps.push(() => posthorn.end());
  posthorn.start();
  const ways = [];
  const instances = [];
  for (let index = 0; index < plan.instances; index += 1) {
    const way = new WayToPosthorn(() => posthorn.url);
    const POSTHORN_URL = await way.listen();
    cleanUps.push(() => way.close());
    const instance = await StrapiInstance.create(index, {
      project,
      folder,
      env: { TEST_CONNECTION: JSON.stringify(tables.connection), POSTHORN_URL, POSTHORN_TOKEN: TOKEN },
    });
    cleanUps.push(() => instance.kill());
    await instance.start();
    ways.push(way);
    instances.push(instance);
  }
  say(`${engine}: ${plan.instances} Strapi and Posthorn are up`);

  const faults = await compareBodies(instances[0], tables);
  say(`${engine}: the bodies were compared with Strapi's own`);
  faults.push(...(await refuseOneEntry(instances[0], ways, tables)));
  say(`${engine}: an entry was refused, seen and sent again`);

  const moved = await moveWebhooks({
    instances,
    ways,
    tables,
    isKilled: engine === 'sqlite',
    say: (what) => say(`${engine}: ${what}`),
  });
  faults.push(...moved.faults);

  const blows = new Blows({ plan, instances, ways, posthorn, say });
  const writers = new Writers({
    instances,
    prng: new Prng(19),
    total: plan.changes,
    onChange: (count) => blows.strike(count),
  });
  await writers.run(6);
  await blows.end();
  say(
    `${engine}: ${writers.changes} changes, ${writers.unanswered} without an answer, ${writers.failures} failed`,
  );
  await eventually(async () => {
    const waiting = await tables.query("SELECT id FROM posthorn_outbox WHERE state = 'pending'");
    if (waiting.length > 0) throw new Error(`${waiting.length} rows still wait in the outbox.`);
  }, LONGEST_WAIT_MS).catch((error) => faults.push(error.message));

  const rows = await tables.query('SELECT * FROM posthorn_outbox ORDER BY id');
  const entries = [
    ...(await tables.query('SELECT document_id, version FROM articles WHERE published_at IS NULL')),
    ...(await tables.query('SELECT document_id, version FROM tags')),
  ].map(({ document_id: documentId, version }) => ({ documentId, version }));
  for (const instance of instances) await instance.kill('SIGTERM');
  await posthorn.end();
  const judgement = judge({ acknowledged: writers.acknowledged, rows, entries, ...readPosthorn(folder) });
  faults.push(...judgement.faults);
  if (ownEnds.length > 0) faults.push(`Posthorn ended by itself ${ownEnds.length} times`);
  const repeated =
    ways.flatMap(({ taken }) => [...taken.values()]).reduce((sum, times) => sum + times, 0) - rows.length;
  if (repeated < blows.lostAnswers) faults.push('a killed Strapi did not send again what it had not noted');
  const kills = instances.reduce((sum, one) => sum + one.kills, 0);
  const { counts } = judgement;
  return {
    faults,
    line:
      `${engine}: ${writers.changes} changes (${writers.rollbacks} rolled back) on ${plan.instances} Strapi, ` +
      `${kills} kills of Strapi (${blows.lostAnswers} after 202), ${blows.posthornKills} of Posthorn: ` +
      `${counts.rows} rows, ${counts.events} events, ${moved.received} through a webhook that moved there and back, ${repeated} sent twice, ${counts.lost} lost, ${counts.disordered} out of order`,
  };
}

/** The kills of a plan, one after the other, while the writers go on. */
class Blows {
  lostAnswers = 0;
  posthornKills = 0;
  #pending = 0;
  #wantsAnswer = false;
  #last = Promise.resolve();
  #failure = null;

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** Begins the blow that is due after so many changes. Waits while two are due, but for one that waits for an answer. */
  async strike(count) {
    const blow = this.plan.blows[count];
    if (blow) {
      this.#pending += 1;
      this.#last = this.#last.then(() => this.#hit(...blow)).catch((error) => (this.#failure = error));
      this.#last = this.#last.finally(() => (this.#pending -= 1));
    }
    while (this.#pending > 1 && !this.#wantsAnswer) await wait(50);
  }

  /** @throws what a blow failed with */
  async end() {
    await this.#last;
    if (this.#failure) throw this.#failure;
  }

  async #hit(who, index, when) {
    if (who === 'posthorn') {
      this.say('kills Posthorn');
      this.posthornKills += 1;
      await this.posthorn.kill(1_500);
      return;
    }
    const instance = this.instances[index];
    if (when === 'after 202') await this.#waitForAnswer(index, instance);
    else await instance.kill();
    this.say(`killed Strapi ${index} ${when ?? ''}`);
    await instance.start();
  }

  #waitForAnswer(index, instance) {
    this.#wantsAnswer = true;
    return new Promise((resolve, reject) => {
      this.ways[index].onNextTaken = async () => {
        this.#wantsAnswer = false;
        this.lostAnswers += 1;
        await instance.kill().then(resolve, reject);
      };
    });
  }
}
