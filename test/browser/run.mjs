// The page in a real browser, against the real program with SQLite and a real receiver: npm run test:browser
import { accessibility } from './accessibility.mjs';
import { openChromium, requireChromium } from './chromium.mjs';
import { embedded } from './embedded.mjs';
import { form } from './form.mjs';
import { journey } from './journey.mjs';
import { keyboard } from './keyboard.mjs';
import { portal } from './portal.mjs';
import { startProgram, startReceiver } from './program.mjs';
import { scopes } from './scopes.mjs';
import { counts } from './steps.mjs';
import { trouble } from './trouble.mjs';

const executable = requireChromium('The browser tests did not run');

let browser;
let program;
const receiver = await startReceiver();
try {
  program = await startProgram();
  browser = await openChromium(executable);
  await journey(browser, program, receiver);
  await form(browser, program, receiver);
  await somethingToLookAt(program.call);
  await scopes(browser, program);
  await keyboard(browser, program, receiver);
  await accessibility(browser, program);
  await embedded(browser, receiver);
  await portal(executable, receiver);
  await trouble(browser, receiver);
} catch (error) {
  if (counts.failed === 0) counts.failed = 1;
  console.error(error);
} finally {
  await browser?.close();
  await program?.end();
  receiver.end();
}
console.log(`Browser tests: ${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** A webhook that fails and one that does not, so that every page has something on it. */
async function somethingToLookAt(call) {
  const webhook = { url: receiver.url, headers: { 'X-Team': 'search' }, events: ['entry.*'] };
  await call('POST', '/admin/webhooks', { ...webhook, name: 'search index' });
  receiver.status = 503;
  await call('POST', '/admin/webhooks', { ...webhook, name: 'billing', retrySchedule: [] });
  for (const city of ['Paris', 'Lyon']) await call('POST', '/api/addresses', { data: { city } });
  const latest = Date.now() + 30_000;
  while ((await call('GET', '/admin/deliveries?state=failed')).length < 2 && Date.now() < latest) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
