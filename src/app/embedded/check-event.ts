import type { EventCatalogue } from '../../events/event-catalogue.js';
import type { WebhookEventInit } from '../../events/webhook-event.js';
import { PublishEventBody } from '../../delivery/rest/publish-event.dto.js';
import { findMisfits } from '../../delivery/rest/publish-event.js';
import { listFields } from '../../http/checks.js';
import { isDeeperThan } from '../../http/json-limits.js';

/**
 * An event that `publish()` was given cannot be recorded: its type, its names, its size, or its data by the schema of its
 * type. It is a fault of the host's code, so that it is no answer for a client of the host.
 */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';

  /** @param problems sentences without a full stop, each with the place that it is about */
  constructor(
    type: unknown,
    readonly problems: readonly string[],
  ) {
    super(`The event ${JSON.stringify(type)} was not recorded: ${problems.join('; ')}.`);
  }
}

/** The rules of the route that publishes. */
const RULES = listFields(PublishEventBody);

/** The most levels of an event's data, as of a request's body. */
const MOST_LEVELS = 99;

/**
 * Checks an event by the rules of `POST /admin/events`: its type and names, that its data fits the schema of its type as
 * JSON writes it, its size and its depth.
 *
 * @param mostBytes of the event as JSON, as the setting `http.maxBodyBytes`
 * @throws {InvalidEventError} before anything is written
 */
export function checkEvent(catalogue: EventCatalogue, event: WebhookEventInit, mostBytes: number): void {
  const { type, data, model = null, key = null, tenant = null } = event;
  const text = JSON.stringify({ type, data, model, key, tenant });
  const body = JSON.parse(text) as PublishEventBody;
  const problems = findProblems(catalogue, body, { bytes: Buffer.byteLength(text), mostBytes });
  if (problems.length > 0) throw new InvalidEventError(type, problems);
}

function findProblems(
  catalogue: EventCatalogue,
  body: PublishEventBody,
  { bytes, mostBytes }: { bytes: number; mostBytes: number },
): string[] {
  if (bytes > mostBytes) return [`it has ${bytes} bytes as JSON, and ${mostBytes} are allowed`];
  if (isDeeperThan(MOST_LEVELS, body.data)) return [`data is nested deeper than ${MOST_LEVELS} levels`];
  const wrong = RULES.flatMap(({ name, check }) => check(Reflect.get(body, name), name) ?? []);
  if (wrong.length > 0) return wrong.map((sentence) => sentence.replace(/\.$/, ''));
  return findMisfits(catalogue, body).map(({ message }) => message);
}
