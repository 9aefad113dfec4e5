// What a person on call must see: a suspended filter, refused events, and faults of the server itself.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { check } from './accessibility.mjs';
import { ADMIN_TOKEN, startProgram } from './program.mjs';
import { goTo, signIn } from './sign-in.mjs';
import { eventually } from '../support/eventually.mjs';
import { step } from './steps.mjs';

const MOST_PENDING = 10;
const SUSPENDED_AFTER = 20;

const LIST = `[${Array.from({ length: 60 }, (_, n) => n)}]`;
/** It is stopped over every event: 60 × 60 × 60 steps are too many. */
const COSTLY = `${LIST}.all(a, ${LIST}.all(b, ${LIST}.all(c, a + b + c >= 0)))`;

export async function trouble(browser, receiver) {
  const program = await startProgram({ LIMITS_PENDING_DELIVERIES: String(MOST_PENDING) });
  const { pageUrl, call } = program;
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  try {
    const page = await context.newPage();
    const change = () => call('POST', '/api/addresses', { data: { city: 'Paris' } });
    receiver.status = 200;
    const webhook = { name: 'reports', url: receiver.url, headers: {}, events: ['entry.*'] };
    const { id } = await call('POST', '/admin/webhooks', {
      ...webhook,
      filter: COSTLY,
      retrySchedule: [3600],
    });
    await signIn(page, pageUrl, ADMIN_TOKEN);
    const overviewShows = async (text) => {
      await goTo(page, 'Overview');
      await page.getByRole('alert').filter({ hasText: text }).waitFor();
    };
    const row = page.getByRole('row').filter({ hasText: 'reports' });

    await step('a filter that is suspended is shown where its webhook is, as it happens', async () => {
      await goTo(page, 'Webhooks');
      await row.waitFor();
      assert.equal(await page.getByText('filter suspended').count(), 0);
      for (let n = 0; n < SUSPENDED_AFTER; n += 1) await change();
      await row.getByText('filter suspended').waitFor();
      await row.getByRole('link').click();
      await page.getByRole('alert').filter({ hasText: 'Its filter is suspended' }).waitFor();
    });

    await step('the overview names it, until the webhook is saved', async () => {
      await overviewShows('A filter is suspended');
      await check(page);
      await page.getByRole('alert').getByRole('link', { name: 'reports' }).click();
      await page.getByRole('link', { name: 'Edit' }).click();
      await page.getByRole('textbox', { name: 'Only events for which this is true' }).fill('true');
      await page.getByRole('button', { name: 'Save changes' }).click();
      // Exactly: "Edit reports" stands there until the answer has come.
      await page.getByRole('heading', { level: 1, name: 'reports', exact: true }).waitFor();
      await page.getByRole('alert').waitFor({ state: 'detached' });
      await goTo(page, 'Webhooks');
      await row.waitFor();
      assert.equal(await page.getByText('filter suspended').count(), 0);
    });

    await step('the overview says that new events are refused, and by which bound', async () => {
      receiver.status = 500;
      for (let n = 0; n < MOST_PENDING; n += 1) await change();
      await eventually(() => assert.rejects(change(), /503/));
      await overviewShows('New events are refused');
      await page.getByText('the bound limits.pendingDeliveries').waitFor();
      await check(page);
      await call('POST', `/admin/webhooks/${id}/disable`);
      await eventually(change);
      await page.getByText('New events are refused').waitFor({ state: 'detached' });
    });

    await step('the overview says what keeps the server from sending', async () => {
      const database = new Database(join(program.dataDir, 'posthorn.sqlite'));
      const [{ secret }] = database.prepare('SELECT secret FROM webhooks').all();
      const other = secret.slice(0, -8) + (secret.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA');
      database.prepare('UPDATE webhooks SET secret = ?').run(other);
      database.prepare('UPDATE webhook_registry SET version = version + 1').run();
      database.close();
      await overviewShows('The server cannot send to some webhooks');
      await page.getByText('No key of SECRETS_KEY opens the secrets of 1 of 1 webhooks').waitFor();
      await check(page);
    });
  } finally {
    await context.close();
    await program.end();
  }
}
