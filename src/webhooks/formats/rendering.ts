/** What a webhook can have told beside the snapshot, in the order in which bodies have it. */
export const INCLUDES = ['previous', 'actor'] as const;

export type Include = (typeof INCLUDES)[number];

/** How a webhook wants its bodies. */
export interface Rendering {
  /** `strapi-v3`, `strapi-v5`, `standard` or `cloudevents`. */
  readonly format: string;
  /** In the order of {@link INCLUDES}. */
  readonly include: readonly Include[];
  /** What `cloudevents` names as `source`: a URI reference, `/posthorn`. */
  readonly cloudEventsSource: string;
}

/**
 * What tells a body from another of the same event: `strapi-v3`, `strapi-v3+previous+actor`. At most 64 characters.
 * A changed source is not in it: what is stored under a name stays as it is.
 */
export function nameRendering({ format, include }: Rendering): string {
  return include.length === 0 ? format : [format, ...include].join('+');
}

/** Includes without repetition, in the order of {@link INCLUDES}. */
export function normalizeIncludes(include: readonly Include[]): Include[] {
  return INCLUDES.filter((what) => include.includes(what));
}
