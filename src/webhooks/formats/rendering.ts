/** Optional additions to the snapshot, in their order in bodies. */
export const INCLUDES = ['previous', 'actor'] as const;

/** One of {@link INCLUDES}. */
export type Include = (typeof INCLUDES)[number];

/** The settings of a webhook that decide how its bodies are rendered. */
export interface Rendering {
  /** `strapi-v3`, `strapi-v5`, `standard` or `cloudevents`. */
  readonly format: string;
  /** In the order of {@link INCLUDES}. */
  readonly include: readonly Include[];
  /** The `source` of `cloudevents` bodies, a URI reference: `/posthorn`. */
  readonly cloudEventsSource: string;
}

/**
 * Names a rendering, the key of a stored body beside its event: `strapi-v3`, `strapi-v3+previous+actor`. At most 64
 * characters. `cloudEventsSource` is not part of it: stored bodies keep their source when the setting changes.
 */
export function nameRendering({ format, include }: Rendering): string {
  return include.length === 0 ? format : [format, ...include].join('+');
}

/** Removes duplicates and sorts in the order of {@link INCLUDES}. */
export function normalizeIncludes(include: readonly Include[]): Include[] {
  return INCLUDES.filter((what) => include.includes(what));
}
