// The four pages as pictures.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { goTo, signIn } from '../browser/sign-in.mjs';

const IMAGES = new URL('../../docs/images/', import.meta.url);
const SCALE = 1.5;
/** A list's region ends with a whole row at this height. */
const SIZE = { width: 1280, height: 822 };
const MOST_HEIGHT = 1_400;

/** What must be on each page before its picture is taken, besides that it is at rest. */
const overview = {
  file: 'overview.png',
  open: async () => undefined,
  shows: '.recharts-responsive-container',
};
const webhooks = {
  file: 'webhooks.png',
  open: (page) => goTo(page, 'Webhooks'),
  shows: 'tbody .recharts-bar',
};
const delivery = { file: 'delivery.png', open: openFailedDelivery, shows: 'pre' };
const deliveries = { file: 'deliveries.png', open: (page) => goTo(page, 'Deliveries'), shows: 'tbody tr' };

/** Takes each page in turn, by its links: a reload would forget the token. */
export async function takePictures(browser, { pageUrl, call }) {
  const { token } = await call('POST', '/admin/tokens', { name: 'operations', scopes: ['*'] });
  for (const [colorScheme, pictures] of [
    ['light', [overview, webhooks, delivery]],
    ['dark', [deliveries]],
  ]) {
    const context = await browser.newContext({
      colorScheme,
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      deviceScaleFactor: SCALE,
      viewport: SIZE,
    });
    const page = await context.newPage();
    await signIn(page, pageUrl, token);
    for (const { file, open, shows } of pictures) {
      await page.setViewportSize(SIZE);
      await open(page);
      await page.locator(shows).first().waitFor();
      await settled(page);
      await fit(page);
      await save(file, await page.screenshot({ animations: 'disabled' }));
    }
    await context.close();
  }
}

/** Of the failed ones, from the list, the first whose retries were all used up. */
async function openFailedDelivery(page) {
  await goTo(page, 'Deliveries');
  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'Failed' }).click();
  await page
    .getByRole('row')
    .filter({ hasText: 'Billing' })
    .getByRole('link', { name: /^entry\.update/ })
    .first()
    .click();
  await page.getByRole('heading', { level: 2, name: 'Response' }).waitFor();
}

/** Everything is drawn, the charts too, and nothing is pointed at or focused. */
async function settled(page) {
  await page.getByText('Live', { exact: true }).waitFor();
  await page.waitForFunction(
    () =>
      document.querySelector('[aria-label="Loading"], .mantine-Skeleton-root') === null &&
      [...document.querySelectorAll('.recharts-responsive-container')].every((one) =>
        one.querySelector('path'),
      ),
  );
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement?.blur());
}

/** Long pages are shown whole, as far as a picture goes. */
async function fit(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ ...SIZE, height: Math.min(height, MOST_HEIGHT) });
  await settled(page);
}

/** A page has few colours: a palette holds them in a third of the bytes. */
async function save(file, picture) {
  const png = await sharp(picture).png({ palette: true, effort: 10, compressionLevel: 9 }).toBuffer();
  const path = fileURLToPath(new URL(file, IMAGES));
  await writeFile(path, png);
  console.log(`docs/images/${file}: ${Math.round(png.length / 1000)} kB`);
}
