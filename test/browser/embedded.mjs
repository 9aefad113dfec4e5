// The page inside another application: under its prefix, behind its guards, without a token.
import assert from 'node:assert/strict';
import { startHost } from './host.mjs';
import { goTo } from './sign-in.mjs';
import { standalone } from './steps.mjs';
import { watchPage } from './watch-page.mjs';

const PREFIX = 'internal/hooks';

export async function embedded(browser, receiver) {
  const host = await startHost(PREFIX);
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  try {
    await standalone('inside an application the page is under its prefix and behind its guards', () =>
      throughThePage(context, host, receiver),
    );
  } finally {
    await context.close();
    await host.end();
  }
}

async function throughThePage(context, host, receiver) {
  const page = await context.newPage();
  assert.equal((await page.goto(host.pageUrl)).status(), 401);
  const problems = watchPage(page, host.pageUrl);
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith(`/${PREFIX}/`)) problems.push(`It asked ${pathname}, outside the prefix`);
  });
  const [name, value] = host.cookie.split('=');
  await context.addCookies([{ name, value, url: host.baseUrl }]);

  receiver.status = 200;
  await page.goto(host.pageUrl);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0);
  await goTo(page, 'Webhooks');
  await page.getByRole('link', { name: 'Create a webhook' }).first().click();
  await page.getByLabel('Name', { exact: false }).first().fill('orders');
  await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
  await page.getByRole('checkbox', { name: 'order.placed' }).check();
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByRole('link', { name: 'I have copied it: to the webhook' }).click();
  await page.getByRole('heading', { level: 1, name: 'orders' }).waitFor();

  await goTo(page, 'Deliveries');
  await page.getByText('Live', { exact: true }).waitFor();
  await host.publish({ type: 'order.placed', data: { order: 41 } });
  const row = page.getByRole('row').filter({ hasText: 'orders' }).filter({ hasText: 'Succeeded' });
  await row.getByRole('link', { name: /^order\.placed/ }).click();
  await page.getByText('"order": 41').waitFor();

  // The application knows who is asking: what is loaded again, or sent to a colleague, is there at once.
  assert.match(new URL(page.url()).pathname, new RegExp(`^/${PREFIX}/dashboard/deliveries/`));
  await page.reload();
  await page.getByText('"order": 41').waitFor();
  assert.deepEqual(problems, []);
}
