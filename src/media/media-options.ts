/** What the room must know. */
export interface MediaOptions {
  /** The folder of the files' bytes. It is made when it is missing. */
  uploadsDir: string;
  /** The largest file, in bytes. */
  maxFileBytes: number;
  /** The most files in one upload. */
  maxFiles: number;
  /** The types that are taken, as the bytes are: `image/png`, `image/*`, all of them with two stars. */
  allowedTypes: readonly string[];
}

/** The injection token of {@link MediaOptions}. */
export const MEDIA_OPTIONS = Symbol('posthorn.mediaOptions');
