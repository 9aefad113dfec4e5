import type { RenderedBody } from '../../webhooks/formats/render-body.js';

/**
 * A body that stands beside a snapshot: what comes before and after the part of the snapshot that it repeats, and where
 * that part begins and ends; without such a part the whole body is what comes before.
 */
type PinnedBody = [contentType: string, before: string, from?: number, to?: number, after?: string];

/** Bodies by rendering. */
type PinnedBodies = Record<string, PinnedBody>;

/** A repeated part of fewer characters is not worth its two positions. */
const SHORTEST_REPEATED = 24;

/** What a snapshot of an entry or a file wraps it in: its body has the inside alone. */
const WRAPPERS: readonly string[] = ['{"entry":', '{"media":'];

/**
 * Pins the bodies of an event beside its snapshot, without what they repeat of it, so that every attempt sends the same
 * bytes whatever renders them later.
 *
 * @param snapshot the JSON text of the event's data, as it is stored
 * @returns the JSON text to store
 */
export function pinBodies(bodies: readonly RenderedBody[], snapshot: string): string {
  const pinned: PinnedBodies = Object.create(null) as PinnedBodies;
  for (const { rendering, contentType, body } of bodies) pinned[rendering] = pin(contentType, body, snapshot);
  return JSON.stringify(pinned);
}

/**
 * Restores a body that {@link pinBodies} pinned.
 *
 * @returns null where the event has none of that rendering
 */
export function restoreBody(pinned: string | null, rendering: string, snapshot: string): RenderedBody | null {
  return restoreBodies(pinned, snapshot).find((body) => body.rendering === rendering) ?? null;
}

/** Restores all bodies that {@link pinBodies} pinned. */
export function restoreBodies(pinned: string | null, snapshot: string): RenderedBody[] {
  if (pinned === null) return [];
  return Object.entries(JSON.parse(pinned) as PinnedBodies).map(
    ([rendering, [contentType, before, from = 0, to = 0, after = '']]) => ({
      rendering,
      contentType,
      body: before + snapshot.slice(from, to) + after,
    }),
  );
}

function pin(contentType: string, body: string, snapshot: string): PinnedBody {
  for (const [from, to] of repeatable(snapshot)) {
    const at = to - from < SHORTEST_REPEATED ? -1 : body.indexOf(snapshot.slice(from, to));
    if (at >= 0) return [contentType, body.slice(0, at), from, to, body.slice(at + to - from)];
  }
  return [contentType, body];
}

/** The parts of a snapshot that a body may repeat, largest first. */
function repeatable(snapshot: string): [from: number, to: number][] {
  const wrapper = WRAPPERS.find((start) => snapshot.startsWith(start));
  const whole: [number, number] = [0, snapshot.length];
  return wrapper === undefined ? [whole] : [whole, [wrapper.length, snapshot.length - 1]];
}
