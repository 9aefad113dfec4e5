import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import type { WebhookEntity } from '../model/webhook.entity.js';
import { isMask } from './masked-headers.js';
import type { WebhookInput } from './webhook-input.js';

/**
 * Refuses to send stored secret values to another receiver: a caller who may not read them must not get them by naming a
 * receiver of their own. A mask, and headers and a client certificate that are left out, keep their values only while
 * scheme, host and port of the URL stay.
 *
 * @param readHeaders decrypts the stored headers; called only when they are left out and the URL goes elsewhere
 * @throws {RequestValidationError} naming each value that is to be sent again
 */
export function checkKeptSecrets(
  before: Pick<WebhookEntity, 'url' | 'tls'>,
  input: Partial<WebhookInput>,
  readHeaders: () => Record<string, string>,
): void {
  const origin = new URL(before.url).origin;
  if (input.url === undefined || new URL(input.url).origin === origin) return;
  const remedy = `is kept only for ${origin}: send it again, or use a token with the scope secrets:read`;
  const issues: ValidationIssue[] = Object.entries(input.headers ?? {})
    .filter(([, value]) => isMask(value))
    .map(([name]) => toIssue(['headers', name], `headers.${name} is masked, and its stored value ${remedy}`));
  if (input.headers === undefined && Object.keys(readHeaders()).length > 0) {
    issues.push(toIssue(['headers'], `headers is left out, and what is stored ${remedy}`));
  }
  if (before.tls?.key !== undefined && input.tls === undefined) {
    issues.push(toIssue(['tls'], `tls is left out, and its stored private key ${remedy}`));
  }
  if (isMask(input.tls?.key)) {
    issues.push(toIssue(['tls', 'key'], `tls.key is masked, and the stored private key ${remedy}`));
  }
  if (issues.length > 0) throw new RequestValidationError(issues);
}

function toIssue(path: string[], message: string): ValidationIssue {
  return { path, message, name: 'ValidationError' };
}
