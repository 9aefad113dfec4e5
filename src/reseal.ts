import { CONFIG_FOLDER } from './package.js';
import { reseal, resealReport } from './cli/reseal.js';
import { loadSettings } from './settings/load-settings.js';
import { startFault } from './app/standalone/startup-errors.js';

/** `npm run reseal`: exits with 1 when something could not be sealed anew. */
try {
  const { text, isComplete } = resealReport(await reseal(loadSettings(process.env, CONFIG_FOLDER)));
  (isComplete ? process.stdout : process.stderr).write(`${text}\n`);
  process.exitCode = isComplete ? 0 : 1;
} catch (error) {
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`Nothing more could be sealed anew: ${startFault(error) ?? stack}\n`);
  process.exitCode = 1;
}
