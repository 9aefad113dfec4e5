import { Inject, Injectable } from '@nestjs/common';
import type { Viewer } from '../../auth/tenancy.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { AddressPolicy } from '../addresses/address-policy.js';
import { explainBlockedHost } from '../addresses/blocked-host.js';
import { findContentTypeEventsProblems } from '../subscriptions/content-type-events.js';
import { checkFilter } from '../filters/check-filter.js';
import { FilterError } from '../filters/filter-error.js';
import { isPrefixPattern, getPrefix } from '../subscriptions/is-subscribed.js';
import { findTlsProblems } from '../tls/tls-problems.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { findHeaderProblems } from './header-problems.js';
import { isMask, restoreMaskedHeaders } from './masked-headers.js';
import { isHttps, findUrlProblem } from './url-problem.js';
import type { WebhookInput } from './webhook-input.js';

/** Validates a webhook beyond its shape: events and content types exist; URL, headers, TLS and filter can be used. */
@Injectable()
export class WebhookRules {
  private readonly addresses: AddressPolicy;

  constructor(
    private readonly catalogue: EventCatalogue,
    @Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions,
  ) {
    this.addresses = new AddressPolicy(options.allowedNetworks);
  }

  /**
   * Checks the fields that the input has.
   *
   * @param viewer for one with a tenant there are no hidden event types. Default: they are there
   * @throws {RequestValidationError} with every problem
   */
  check(input: Partial<WebhookInput>, viewer: Viewer = null): void {
    const issues = [
      ...(input.url === undefined ? [] : this.checkUrl(input.url)),
      ...(input.headers === undefined ? [] : this.checkHeaders(removeMasks(input.headers))),
      ...this.checkEvents(input.events ?? [], viewer),
      ...this.checkContentTypeEvents(input.contentTypeEvents ?? {}, viewer),
      ...this.checkTls(input.tls),
      ...findFilterProblems(input.filter ?? null),
    ];
    if (issues.length > 0) throw new RequestValidationError(issues);
  }

  /**
   * @param format the webhook's format after the change
   * @throws {RequestValidationError} when the handshake is turned on and the format is not `cloudevents`
   */
  checkHandshake({ cloudEventsHandshake }: Partial<WebhookInput>, format: string): void {
    if (cloudEventsHandshake !== true || format === 'cloudevents') return;
    throw RequestValidationError.at(
      ['cloudEventsHandshake'],
      `cloudEventsHandshake goes with the format cloudevents alone, and this webhook's is ${format}`,
      true,
    );
  }

  private checkUrl(url: string): ValidationIssue[] {
    const problem = findUrlProblem(url);
    if (problem !== null) return [toIssue(['url'], problem, url)];
    if (this.options.httpsOnly && !isHttps(url)) {
      return [toIssue(['url'], 'url must begin with https:// (WEBHOOKS_HTTPS_ONLY is on here)', url)];
    }
    const unreachable = explainBlockedHost(new URL(url).hostname, this.addresses);
    if (unreachable === null) return [];
    return [toIssue(['url'], `url can never be reached: ${unreachable} (WEBHOOKS_ALLOWED_NETWORKS)`, url)];
  }

  /** The issues do not repeat the value: it holds a private key. */
  private checkTls(tls: unknown): ValidationIssue[] {
    if (tls === undefined || tls === null) return [];
    return findTlsProblems(tls).map(({ key, message }) =>
      toIssue(key === null ? ['tls'] : ['tls', key], message),
    );
  }

  /**
   * Resolves the headers of a request: a mask is replaced by the stored value of that name.
   *
   * @param stored decrypts the stored headers; called only when a header is masked
   * @throws {RequestValidationError} when a masked header has no stored value, or the headers together are too large
   */
  resolveHeaders(
    asked: Record<string, string>,
    stored: () => Record<string, string>,
  ): Record<string, string> {
    if (!Object.values(asked).some(isMask)) return asked;
    const { headers, unknown } = restoreMaskedHeaders(asked, stored());
    const issues =
      unknown.length === 0
        ? this.checkHeaders(headers)
        : unknown.map((name) =>
            toIssue(
              ['headers', name],
              `headers.${name} is masked, and there is no stored value of that name to keep: send its value`,
            ),
          );
    if (issues.length > 0) throw new RequestValidationError(issues);
    return headers;
  }

  private checkHeaders(headers: Record<string, string>): ValidationIssue[] {
    return findHeaderProblems(headers).map(({ header, message }) =>
      header === null
        ? toIssue(['headers'], message)
        : // Without the value: it may be a mistyped secret.
          toIssue(['headers', header], message),
    );
  }

  private checkEvents(events: string[], viewer: Viewer): ValidationIssue[] {
    return events.flatMap((event, index) =>
      this.isKnownEvent(event, viewer)
        ? []
        : [toIssue(['events', String(index)], `Webhook event ${event} is not supported`, event)],
    );
  }

  private checkContentTypeEvents(lists: Record<string, unknown>, viewer: Viewer): ValidationIssue[] {
    const catalogue = {
      get: (event: string) => (this.isHidden(event, viewer) ? undefined : this.catalogue.get(event)),
    };
    return findContentTypeEventsProblems(lists, this.options.contentTypeUids, catalogue).map(
      ({ uid, message, value }) =>
        toIssue(['contentTypeEvents', ...(uid === null ? [] : [uid])], message, value),
    );
  }

  private isKnownEvent(event: string, viewer: Viewer): boolean {
    if (event === '*') return true;
    if (this.catalogue.has(event)) return !this.isHidden(event, viewer);
    return (
      isPrefixPattern(event) &&
      this.catalogue
        .all()
        .some(({ name }) => name.startsWith(getPrefix(event)) && !this.isHidden(name, viewer))
    );
  }

  private isHidden(event: string, viewer: Viewer): boolean {
    return viewer !== null && this.options.hiddenEvents.includes(event);
  }
}

/** Replaces masks by empty values for the checks: the stored values were checked when they were saved. */
function removeMasks(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isMask(value) ? '' : value]),
  );
}

function findFilterProblems(filter: string | null): ValidationIssue[] {
  if (filter === null) return [];
  try {
    checkFilter(filter);
    return [];
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return [toIssue(['filter'], error.sentence, filter)];
  }
}

function toIssue(path: string[], message: string, value?: unknown): ValidationIssue {
  return { path, message, name: 'ValidationError', value };
}
