// A person's way through the page: a webhook is created, breaks, is mended, and everything arrives after all.
import assert from 'node:assert/strict';
import { ADMIN_TOKEN } from './program.mjs';
import { goTo, signIn } from './sign-in.mjs';
import { eventually } from '../support/eventually.mjs';
import { step } from './steps.mjs';
import { watchPage } from './watch-page.mjs';

const row = (page, ...texts) =>
  texts.reduce((rows, text) => rows.filter({ hasText: text }), page.getByRole('row')).first();

export async function journey(browser, { pageUrl, call }, receiver) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  const problems = watchPage(page, pageUrl);
  const change = (city) => call('POST', '/api/addresses', { data: { city } });
  let secret;

  await step('a wrong token is refused in words', async () => {
    await page.goto(pageUrl);
    await page.getByLabel('Admin token', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Posthorn does not know this token').waitFor();
  });

  await step('the token opens the page, which teaches where there is nothing yet', async () => {
    await signIn(page, pageUrl, ADMIN_TOKEN);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await goTo(page, 'Webhooks');
    await page.getByText('No webhooks yet').waitFor();
    await page.getByText('curl -X POST').waitFor();
  });

  await step('what is wrong in the form is said at its field', async () => {
    await page.getByRole('link', { name: 'Create a webhook' }).first().click();
    await page.getByLabel('Name', { exact: false }).first().fill('search index');
    await page.getByRole('textbox', { name: 'URL' }).fill('nonsense');
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByText('url must be a valid URL').first().waitFor();
  });

  await step('a webhook is created, and its secret shown once', async () => {
    await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
    await page.getByRole('checkbox', { name: 'All of entry.*' }).check();
    await page.getByRole('textbox', { name: 'Retry schedule, seconds' }).fill('1');
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('heading', { level: 1, name: 'The webhook is created' }).waitFor();
    secret = await page.getByRole('group', { name: 'Secret' }).locator('code').textContent();
    assert.match(secret, /^whsec_/);
    await page.getByRole('link', { name: 'I have copied it: to the webhook' }).click();
    await page.getByRole('heading', { level: 1, name: 'search index' }).waitFor();
    assert.equal(await page.getByText(secret).count(), 0);
  });

  await step('a change is watched as it arrives', async () => {
    await goTo(page, 'Deliveries');
    await page.getByText('Live', { exact: true }).waitFor();
    await change('Paris');
    await row(page, 'entry.create', 'search index', 'Succeeded').waitFor();
    assert.equal(receiver.requests.length, 1);
  });

  await step('the receiver breaks, and the failure is seen with its reason', async () => {
    receiver.status = 500;
    await change('Lyon');
    await row(page, 'Failed', 'retries used up').waitFor();
    await row(page, 'Failed')
      .getByRole('link', { name: /^entry\.create/ })
      .click();
    await page.getByRole('heading', { level: 1, name: 'entry.create' }).waitFor();
    await page.getByText('Its retries are used up.').waitFor();
    assert.equal(await page.getByRole('list').getByRole('button', { name: /500$/ }).count(), 2);
    const response = page.getByRole('region', { name: 'Response to attempt 2', exact: true });
    await response.getByText('the disk is full').waitFor();
    const request = page.getByRole('region', { name: 'Request of attempt 2', exact: true });
    await request.getByText('"city": "Lyon"').waitFor();
    await request.getByText('Raw', { exact: true }).click();
    await request.getByText('"city":"Lyon"').waitFor();
  });

  await step('it is mended, and redelivered', async () => {
    receiver.status = 200;
    await page.getByRole('button', { name: 'Redeliver' }).click();
    await page.getByRole('button', { name: '3. Redelivered by a person: 200' }).waitFor();
    await page.getByText('Succeeded', { exact: true }).first().waitFor();
  });

  await step('the request can be copied as curl', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(command.startsWith(`curl -X POST '${receiver.url}'`), command);
  });

  await step('what the filters show is redelivered in bulk, with the count said before', async () => {
    receiver.status = 500;
    for (const city of ['Nantes', 'Lille', 'Nice']) await change(city);
    await goTo(page, 'Deliveries');
    await page.getByRole('combobox', { name: 'State' }).click();
    await page.getByRole('option', { name: 'Failed' }).click();
    await eventually(() => assert.match(page.url(), /\?state=failed$/));
    await eventually(async () =>
      assert.equal(await page.getByRole('row').filter({ hasText: 'retries used up' }).count(), 3),
    );
    receiver.status = 200;
    await page.getByRole('button', { name: 'Redeliver these' }).click();
    await page.getByText('3 deliveries match.').waitFor();
    await page.getByRole('button', { name: 'Redeliver 3 deliveries' }).click();
    await page.getByText('All 3 are done.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('No delivery matches these filters').waitFor();
  });

  await step('what failed since a time is recovered', async () => {
    receiver.status = 500;
    for (const city of ['Brest', 'Toulon']) await change(city);
    await eventually(async () =>
      assert.equal((await call('GET', '/admin/deliveries?state=failed')).length, 2),
    );
    receiver.status = 200;
    await goTo(page, 'Webhooks');
    await page.getByRole('link', { name: 'search index' }).click();
    await page.getByRole('button', { name: 'Recover what failed' }).click();
    await page.getByText('2 failed deliveries were made in this time.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Recover', exact: true }).click();
    await page.getByText('All 2 are done.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await eventually(async () =>
      assert.equal((await call('GET', '/admin/deliveries?state=failed')).length, 0),
    );
  });

  await step('a test shows its request and response', async () => {
    await page.getByRole('combobox', { name: 'Event' }).click();
    await page.getByRole('option', { name: 'media.create' }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The receiver took it: 200.').waitFor();
    await page
      .getByRole('region', { name: 'Request of attempt 1', exact: true })
      .getByText('image.png')
      .first()
      .waitFor();
  });

  await step('the secret is rotated: for a while both sign', async () => {
    await page.getByRole('button', { name: 'Rotate the secret' }).click();
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    const shown = page.getByRole('dialog').getByRole('group', { name: 'Secret' }).locator('code');
    await shown.waitFor();
    const rotated = await shown.textContent();
    assert.match(rotated, /^whsec_/);
    assert.notEqual(rotated, secret);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('button', { name: 'Reveal the secret' }).click();
    await page.getByText('An earlier secret still signs beside it until').waitFor();
    const before = receiver.requests.length;
    await change('Metz');
    await eventually(() => assert.ok(receiver.requests.length > before));
    assert.equal(receiver.requests.at(-1).headers['webhook-signature'].split(' ').length, 2);
  });

  await step('sending is paused as a whole and resumed', async () => {
    await goTo(page, 'Overview');
    await page.getByRole('button', { name: 'Pause sending' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause sending' }).click();
    await page.getByText('Sending is paused').waitFor();
    await page.getByRole('button', { name: 'Resume sending' }).click();
    await page.getByRole('button', { name: 'Pause sending' }).waitFor();
  });

  await step('the webhook is disabled, enabled and deleted, with what it means said before', async () => {
    await goTo(page, 'Webhooks');
    await page.getByRole('link', { name: 'search index' }).click();
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('What is pending ends failed').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('A person disabled it.').first().waitFor();
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('button', { name: 'Disable' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('No webhooks yet').waitFor();
  });

  await step('the system tells what the database is and does', async () => {
    await goTo(page, 'System');
    await page.getByRole('heading', { level: 1, name: 'System' }).waitFor();
    await page.getByText(/^(?:SQLite|MySQL|MariaDB|OceanBase) \d/).waitFor();
    await page.getByText('As they were set').waitFor();
  });

  await step('the token is kept nowhere, and signing out forgets it', async () => {
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    assert.ok(!kept.includes(ADMIN_TOKEN), kept);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in to Posthorn' }).waitFor();
  });

  await step('nothing was thrown, broke the policy, or was asked of another server', () => {
    assert.deepEqual(problems, []);
  });
  await context.close();
}
