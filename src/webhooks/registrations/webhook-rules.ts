import { Inject, Injectable } from '@nestjs/common';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { AddressPolicy } from '../addresses/address-policy.js';
import { explainBlockedHost } from '../addresses/blocked-host.js';
import { findContentTypeEventsProblems } from '../subscriptions/content-type-events.js';
import { compileFilter } from '../filters/compile-filter.js';
import { FilterError } from '../filters/filter-error.js';
import { isPrefixPattern, getPrefix } from '../subscriptions/is-subscribed.js';
import { findTlsProblems } from '../tls/tls-problems.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { findHeaderProblems } from './header-problems.js';
import { isMask, restoreMaskedHeaders } from './masked-headers.js';
import { isHttps, findUrlProblem } from './url-problem.js';
import type { WebhookInput } from './webhook-input.js';

/** What a webhook must be beside its shape: its events and content types exist, its headers and URL can be used. */
@Injectable()
export class WebhookRules {
  private readonly addresses: AddressPolicy;

  constructor(
    private readonly catalogue: EventCatalogue,
    @Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions,
  ) {
    this.addresses = new AddressPolicy(options.allowedNetworks);
  }

  /** @throws {RequestValidationError} with everything that is wrong */
  check(input: WebhookInput): void {
    const issues = [
      ...this.urlIssues(input.url),
      ...this.headerIssues(withoutMasks(input.headers)),
      ...this.eventIssues(input.events),
      ...this.contentTypeIssues(input.contentTypeEvents ?? {}),
      ...this.tlsIssues(input.tls),
      ...filterIssues(input.filter ?? null),
    ];
    if (issues.length > 0) throw new RequestValidationError(issues);
  }

  /**
   * @param format the webhook's, asked for or kept
   * @throws {RequestValidationError} when a handshake is asked for that the format knows nothing of
   */
  checkHandshake({ cloudEventsHandshake }: WebhookInput, format: string): void {
    if (cloudEventsHandshake !== true || format === 'cloudevents') return;
    throw RequestValidationError.at(
      ['cloudEventsHandshake'],
      `cloudEventsHandshake goes with the format cloudevents alone, and this webhook's is ${format}`,
      true,
    );
  }

  private urlIssues(url: string): ValidationIssue[] {
    const problem = findUrlProblem(url);
    if (problem !== null) return [issue(['url'], problem, url)];
    if (this.options.httpsOnly && !isHttps(url)) {
      return [issue(['url'], 'url must begin with https:// (WEBHOOKS_HTTPS_ONLY is on here)', url)];
    }
    const unreachable = explainBlockedHost(new URL(url).hostname, this.addresses);
    if (unreachable === null) return [];
    return [issue(['url'], `url can never be reached: ${unreachable} (WEBHOOKS_ALLOWED_NETWORKS)`, url)];
  }

  /** What was sent is not told back: a private key is in it. */
  private tlsIssues(tls: unknown): ValidationIssue[] {
    if (tls === undefined || tls === null) return [];
    return findTlsProblems(tls).map(({ key, message }) =>
      issue(key === null ? ['tls'] : ['tls', key], message),
    );
  }

  /**
   * The headers that somebody asks for: a mask stands for the stored value of that name.
   *
   * @param stored opens what is stored; asked only when it is needed
   * @throws {RequestValidationError} when nothing of that name is stored, or all of it together is too much
   */
  resolveHeaders(
    asked: Record<string, string>,
    stored: () => Record<string, string>,
  ): Record<string, string> {
    if (!Object.values(asked).some(isMask)) return asked;
    const { headers, unknown } = restoreMaskedHeaders(asked, stored());
    const issues =
      unknown.length === 0
        ? this.headerIssues(headers)
        : unknown.map((name) =>
            issue(
              ['headers', name],
              `headers.${name} is masked, and there is no stored value of that name to keep: send its value`,
            ),
          );
    if (issues.length > 0) throw new RequestValidationError(issues);
    return headers;
  }

  private headerIssues(headers: Record<string, string>): ValidationIssue[] {
    return findHeaderProblems(headers).map(({ header, message }) =>
      header === null
        ? issue(['headers'], message)
        : // Without the value: it may be a secret with a slip in it.
          issue(['headers', header], message),
    );
  }

  private eventIssues(events: string[]): ValidationIssue[] {
    return events.flatMap((event, index) =>
      this.knows(event)
        ? []
        : [issue(['events', String(index)], `Webhook event ${event} is not supported`, event)],
    );
  }

  private contentTypeIssues(lists: Record<string, unknown>): ValidationIssue[] {
    return findContentTypeEventsProblems(lists, this.options.contentTypeUids, this.catalogue).map(
      ({ uid, message, value }) =>
        issue(['contentTypeEvents', ...(uid === null ? [] : [uid])], message, value),
    );
  }

  private knows(event: string): boolean {
    if (event === '*' || this.catalogue.has(event)) return true;
    return (
      isPrefixPattern(event) && this.catalogue.all().some(({ name }) => name.startsWith(getPrefix(event)))
    );
  }
}

/** What stands behind a mask has been looked at before. */
function withoutMasks(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isMask(value) ? '' : value]),
  );
}

function filterIssues(filter: string | null): ValidationIssue[] {
  if (filter === null) return [];
  try {
    compileFilter(filter);
    return [];
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return [issue(['filter'], error.sentence, filter)];
  }
}

function issue(path: string[], message: string, value?: unknown): ValidationIssue {
  return { path, message, name: 'ValidationError', value };
}
