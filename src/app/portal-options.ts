import { readFileSync } from 'node:fs';
import type { PortalOptions } from '../admin/admin-options.js';
import { listForbiddenScopes } from '../admin/portal/portal-scopes.js';
import { type Scope, SCOPES } from '../auth/scopes.js';
import type { PortalBrand } from '../dashboard/portal-pages.js';
import { detectImageType } from '../dashboard/image-type.js';
import { SettingsError } from '../settings/load-settings.js';
import { mayHoldSecureCookie } from '../settings/portal-settings.js';
import type { Settings } from '../settings/settings.js';
import { SETTABLE_FIELDS } from '../webhooks/registrations/settable-fields.js';

/** The page carries the logo, so it is small. */
const MOST_LOGO_BYTES = 65_536;

/**
 * Makes the options of portal sessions from the settings.
 *
 * @throws {SettingsError} for a scope that no session may have
 */
export function toPortalOptions({ publicUrl, portal }: Settings): PortalOptions {
  const unknown = portal.defaultScopes.filter((scope) => !SCOPES.includes(scope as Scope));
  const [wrong] = [...unknown, ...listForbiddenScopes(portal.defaultScopes)];
  if (wrong !== undefined) {
    throw refuse('defaultScopes', `it has "${wrong}", which no portal session can have`);
  }
  return {
    publicUrl: publicUrl === null ? null : cutSlashes(publicUrl),
    isPublicUrlSafe: publicUrl !== null && mayHoldSecureCookie(publicUrl),
    defaultScopes: portal.defaultScopes as Scope[],
    maySet: checkMaySet(portal.maySet),
  };
}

/** A regular expression for it would take time quadratic in the slashes. */
function cutSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}

/**
 * Checks the setting `portal.maySet`.
 *
 * @throws {SettingsError} for a name that is no field of a webhook which a session could set
 */
export function checkMaySet(fields: readonly string[]): readonly string[] {
  const known: readonly string[] = SETTABLE_FIELDS;
  const wrong = fields.find((field) => !known.includes(field));
  if (wrong === undefined) return fields;
  throw refuse('maySet', `it has "${wrong}", and the fields of webhooks are ${known.join(', ')}`);
}

/**
 * Reads what the page of the portal looks like.
 *
 * @throws {SettingsError} when the logo cannot be read, is too large or is no image
 */
export function toPortalBrand({ portal }: Settings): PortalBrand {
  const { name, logo, colors } = portal;
  return { name, logo: logo === null ? null : readLogo(logo), colors };
}

/** @returns a `data:` URL, which a page can show and nothing can open as a document */
function readLogo(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw refuse('logo', `the file cannot be read: ${(error as Error).message}`);
  }
  if (bytes.length > MOST_LOGO_BYTES) {
    throw refuse('logo', `${file} has ${bytes.length} bytes, and a logo may have ${MOST_LOGO_BYTES}`);
  }
  const type = detectImageType(bytes);
  if (type === null) throw refuse('logo', `${file} is no PNG, JPEG, GIF or WebP image`);
  return `data:${type};base64,${bytes.toString('base64')}`;
}

function refuse(key: 'defaultScopes' | 'maySet' | 'logo', what: string): SettingsError {
  const variable = `PORTAL_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  return new SettingsError(`The setting "portal.${key}" (environment: ${variable}) is wrong: ${what}.`);
}
