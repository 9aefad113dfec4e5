// What a token does not allow is not offered.
import assert from 'node:assert/strict';
import { goTo, signIn } from './sign-in.mjs';
import { standalone } from './steps.mjs';

export async function scopes(browser, { pageUrl, call }) {
  await standalone('a token that may only read is offered nothing else', async () => {
    const { id, token } = await call('POST', '/admin/tokens', {
      name: 'reader',
      scopes: ['webhooks:read', 'deliveries:read'],
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    await signIn(page, pageUrl, token);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Pause sending' }).count(), 0);
    assert.equal(await page.getByRole('link', { name: 'System' }).count(), 0);
    await goTo(page, 'Webhooks');
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByText('Revealing it needs the scope secrets:read.').waitFor();
    for (const name of [
      'Edit',
      'Disable',
      'Delete',
      'Rotate the secret',
      'Reveal the secret',
      'Send a test',
    ]) {
      assert.equal(await page.getByRole('button', { name }).count(), 0, name);
    }
    await call('DELETE', `/admin/tokens/${id}`);
    await goTo(page, 'Deliveries').catch(() => undefined);
    await page.getByText('You are signed out, because your token is no longer valid.').waitFor();
    await context.close();
  });
}
