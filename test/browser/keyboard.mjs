// The way from signing in to redelivering, without a mouse.
import assert from 'node:assert/strict';
import { choose, reach } from './focus.mjs';
import { ADMIN_TOKEN } from './program.mjs';
import { step } from './steps.mjs';

export async function keyboard(browser, { pageUrl }, receiver) {
  const context = await browser.newContext({
    reducedMotion: 'reduce',
    viewport: { width: 1400, height: 900 },
  });
  const page = await context.newPage();
  const press = (key) => page.keyboard.press(key);
  const heading = (name) => page.getByRole('heading', { level: 1, name, exact: true });
  const inNavigation = (name) =>
    page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true });

  await step('one signs in by the keyboard alone', async () => {
    await page.goto(pageUrl);
    await heading('Sign in to Posthorn').waitFor();
    await page.keyboard.type(ADMIN_TOKEN);
    await reach(page, page.getByRole('button', { name: 'Sign in' }));
    await press('Space');
    await heading('Overview').waitFor();
  });

  await step('no chart is a stop on the way', async () => {
    await page.locator('.recharts-surface').first().waitFor();
    await reach(page, page.getByRole('table').getByRole('link', { name: 'billing' }));
    await reach(page, inNavigation('Overview'));
  });

  await step('a dialog takes the focus, and gives it back', async () => {
    const opener = page.getByRole('button', { name: 'Pause sending' });
    await reach(page, opener);
    await press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await reach(page, dialog.getByRole('button', { name: 'Pause sending' }));
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.textContent === 'Pause sending');
  });

  await step('a webhook is reached by the keyboard alone', async () => {
    await reach(page, inNavigation('Webhooks'), 'Shift+Tab');
    await press('Enter');
    await heading('Webhooks').waitFor();
    const link = page.getByRole('table').getByRole('link', { name: 'billing' });
    await link.waitFor();
    await reach(page, link);
    await press('Enter');
    await heading('billing').waitFor();
  });

  await step('a failed delivery is opened and redelivered by the keyboard alone', async () => {
    receiver.status = 200;
    await reach(page, inNavigation('Deliveries'), 'Shift+Tab');
    await press('Enter');
    await heading('Deliveries').waitFor();
    const state = page.getByRole('combobox', { name: 'State' });
    await reach(page, state);
    await choose(page, state, 'Failed');
    await page.waitForURL(/\?state=failed$/);
    const delivery = page
      .getByRole('row')
      .filter({ hasText: 'billing' })
      .getByRole('link', { name: /^entry\.create/ })
      .first();
    await delivery.waitFor();
    await reach(page, delivery);
    await press('Enter');
    await heading('entry.create').waitFor();
    await reach(page, page.getByRole('button', { name: 'Redeliver' }));
    await press('Space');
    await page.getByRole('button', { name: '2. Redelivered by a person: 200' }).waitFor();
  });

  await step('and one signs out', async () => {
    await reach(page, page.getByRole('button', { name: 'Sign out' }), 'Shift+Tab');
    await press('Enter');
    await heading('Sign in to Posthorn').waitFor();
    assert.equal(await page.getByText('billing').count(), 0);
  });
  await context.close();
}
