import { SettingsError } from '../settings/load-settings.js';
import type { Settings } from '../settings/settings.js';
import { headerProblems } from '../webhooks/registrations/header-problems.js';

/**
 * The headers that the configuration adds to every delivery, held to the rules that a webhook's own are held to.
 *
 * @throws {SettingsError} with the first thing that is wrong; values are left out, they may be secret
 */
export function checkedDefaultHeaders({ webhooks }: Settings): Settings['webhooks']['defaultHeaders'] {
  const [problem] = headerProblems(webhooks.defaultHeaders);
  if (problem) {
    const what = problem.message.replace(/, but the final value was: .*/s, '').replace(/\.$/, '');
    throw new SettingsError(
      `The setting "webhooks.defaultHeaders" (environment: WEBHOOKS_DEFAULT_HEADERS) is wrong: ${what}.`,
    );
  }
  return webhooks.defaultHeaders;
}
