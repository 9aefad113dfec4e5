/** The options of the media module. */
export interface MediaOptions {
  /** The folder of the files' bytes; created if it is missing. */
  uploadsDir: string;
  /** The greatest size of a file, bytes. */
  maxFileBytes: number;
  /** The greatest number of files in one upload. */
  maxFiles: number;
  /** The most pixels that the images of one upload have together. */
  maxPixels: number;
  /** The accepted media types, as detected from the bytes: `image/png`, `image/*`; two stars accept all. */
  allowedTypes: readonly string[];
}

/** The injection token of {@link MediaOptions}. */
export const MEDIA_OPTIONS = Symbol.for('posthorn.media-options');
