import { readFileSync } from 'node:fs';
import { SettingsError } from '../../settings/load-settings.js';
import { parseCertificates } from './pem.js';

/**
 * Loads the certificate authorities that a deployment trusts beside the well-known ones, as PEM.
 *
 * @param file the path in the setting `webhooks.ca`
 * @returns null where the setting is empty
 * @throws {SettingsError} when the file cannot be read or holds no certificates
 */
export function loadAuthorities(file: string | null): string | null {
  if (file === null || file === '') return null;
  const setting = 'The setting "webhooks.ca" (environment: WEBHOOKS_CA) is wrong';
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${setting}: ${(error as Error).message}.`);
  }
  try {
    parseCertificates(text);
  } catch (error) {
    throw new SettingsError(`${setting}: ${file} ${(error as Error).message}.`);
  }
  return text;
}
