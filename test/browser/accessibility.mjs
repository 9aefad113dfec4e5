// Every page, light and dark, has nothing that axe finds serious or critical.
import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';
import { ADMIN_TOKEN } from './program.mjs';
import { goTo, signIn } from './sign-in.mjs';
import { standalone } from './steps.mjs';

const GRAVE = ['serious', 'critical'];

/** What each page is reached by, from wherever one is. */
const PAGES = [
  ['the overview', (page) => goTo(page, 'Overview')],
  ['the webhooks', (page) => goTo(page, 'Webhooks')],
  ['the form of a new webhook', (page) => page.getByRole('link', { name: 'Create a webhook' }).click()],
  ['a webhook', openWebhook],
  [
    'its form',
    async (page) => {
      await page.getByRole('link', { name: 'Edit' }).click();
      await page.getByRole('combobox', { name: 'Format of the body' }).click();
      await page.getByRole('option', { name: /^CloudEvents/ }).click();
      await page.getByRole('button', { name: 'Use certificates of its own' }).click();
    },
  ],
  [
    'the rotation of its secret',
    async (page) => {
      await openWebhook(page);
      await page.getByRole('button', { name: 'Rotate the secret' }).click();
      await page.getByRole('button', { name: 'Make a new secret' }).waitFor();
    },
  ],
  [
    'the deliveries',
    async (page) => {
      await page.keyboard.press('Escape');
      await goTo(page, 'Deliveries');
    },
  ],
  [
    'a delivery',
    async (page) => {
      await page
        .getByRole('row')
        .filter({ hasText: 'Failed' })
        .getByRole('link', { name: /^entry/ })
        .first()
        .click();
      await page.getByRole('heading', { level: 2, name: 'Response' }).waitFor();
    },
  ],
  [
    'the system',
    async (page) => {
      await goTo(page, 'System');
      await page.getByText('As they were set').waitFor();
    },
  ],
];

export async function accessibility(browser, { pageUrl }) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 1400, height: 900 },
    });
    const page = await context.newPage();
    await page.goto(pageUrl);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await standalone(`signing in, ${colorScheme}, can be used by everyone`, () => check(page));
    await signIn(page, pageUrl, ADMIN_TOKEN);
    for (const [name, open] of PAGES) {
      await standalone(`${name}, ${colorScheme}, can be used by everyone`, async () => {
        await open(page);
        await settled(page);
        await check(page);
      });
    }
    await context.close();
  }
}

async function openWebhook(page) {
  await goTo(page, 'Webhooks');
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('button', { name: 'Send a test' }).waitFor();
}

async function settled(page) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
}

export async function check(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .map(
      ({ id, nodes }) => `${id}, ${nodes.length} times, first: ${nodes[0].target} ${nodes[0].failureSummary}`,
    );
  assert.deepEqual(grave, []);
}
