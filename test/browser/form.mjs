// What the form of a webhook holds that takes several steps to fill in: content types, a filter tried while it is written.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ADMIN_TOKEN } from './program.mjs';
import { goTo, signIn } from './sign-in.mjs';
import { eventually } from '../support/eventually.mjs';
import { step } from './steps.mjs';

const AUTHORITY = new URL('../support/certificates/authority.pem', import.meta.url);
const ADDRESS = 'api::address.address';
const CATEGORY = 'api::category.category';

export async function form(browser, { pageUrl, call }, receiver) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  const filter = page.getByRole('textbox', { name: 'Only events for which this is true' });
  await call('POST', '/api/addresses', { data: { city: 'Paris' } });
  await signIn(page, pageUrl, ADMIN_TOKEN);
  await goTo(page, 'Webhooks');

  await step('events of single content types are picked from the catalogue', async () => {
    await page.getByRole('link', { name: 'Create a webhook' }).first().click();
    await page.getByLabel('Name', { exact: false }).first().fill('two types');
    await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
    for (const [index, uid] of [ADDRESS, CATEGORY].entries()) {
      await page.getByRole('button', { name: 'Add a content type' }).click();
      const type = page.getByRole('combobox', { name: 'Content type', exact: true }).nth(index);
      await type.fill(uid.slice(0, 9));
      await page.getByRole('option', { name: uid }).click();
      await page.getByRole('combobox', { name: 'Events of this content type' }).nth(index).focus();
      await page.keyboard.press('ArrowDown');
      await page.getByRole('option', { name: 'entry.create' }).click();
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: `Remove ${CATEGORY}` }).click();
    assert.equal(await page.getByRole('combobox', { name: 'Content type', exact: true }).count(), 1);
  });

  await step('a filter is tried on a recorded event while it is written', async () => {
    await filter.fill('city == "Paris"');
    await page.getByText('The filter cannot be saved').waitFor();
    await page.getByText('(line 1, column 1)').waitFor();
    await filter.fill('data.entry.city == "Paris"');
    await page.getByText('The filter can be saved.').waitFor();
    await page.getByRole('combobox', { name: 'Try it on a recorded event' }).click();
    await page
      .getByRole('option', { name: /^entry\.create/ })
      .first()
      .click();
    await page.getByText('This event would be delivered.').waitFor();
    await filter.fill('data.entry.city == "Rome"');
    await page.getByText('This event would not be delivered.').waitFor();
  });

  await step('both are saved, and only what they let through is sent', async () => {
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('link', { name: 'I have copied it: to the webhook' }).click();
    await page.getByText(`${ADDRESS}: entry.create`).waitFor();
    await page.getByText('data.entry.city == "Rome"').waitFor();
    const before = receiver.requests.length;
    await call('POST', '/api/categories', { data: { name: 'Rome' } });
    await call('POST', '/api/addresses', { data: { city: 'Paris' } });
    await call('POST', '/api/addresses', { data: { city: 'Rome' } });
    await eventually(() => assert.ok(receiver.requests.length > before));
    const sent = receiver.requests.slice(before).map(({ body }) => JSON.parse(body));
    assert.deepEqual(
      sent.map(({ model, entry }) => [model, entry.city]),
      [['address', 'Rome']],
    );
  });

  await step('a receiver of a private authority is asked for its consent', async () => {
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('combobox', { name: 'Format of the body' }).click();
    await page.getByRole('option', { name: /^CloudEvents/ }).click();
    await page.getByRole('checkbox', { name: 'Ask the receiver for its consent first' }).check();
    await page.getByRole('button', { name: 'Use certificates of its own' }).click();
    const authorities = page.getByRole('textbox', { name: 'Authorities of the receiver' });
    await authorities.fill('a file name, say');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page
      .getByText(/^tls\.ca /)
      .first()
      .waitFor();
    await authorities.fill(await readFile(AUTHORITY, 'utf8'));
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('authorities of its own').waitFor();
    await page.getByText('Paused', { exact: true }).first().waitFor();
    await eventually(() => assert.ok(receiver.requests.some(({ method }) => method === 'OPTIONS')));
  });

  const [{ id }] = await call('GET', '/admin/webhooks');
  await call('DELETE', `/admin/webhooks/${id}`);
  await context.close();
}
