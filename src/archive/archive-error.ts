/** The archive cannot be used, or is not what it should be. Its message says what is wrong and what to do. */
export class ArchiveError extends Error {
  override readonly name: string = 'ArchiveError';
}

/** A part is missing, or is not what its manifest says. */
export class DamagedPartError extends ArchiveError {
  override readonly name = 'DamagedPartError';

  /** @param part its name: `2026/11/30/22/0001-3f2a….ndjson.gz` */
  constructor(
    readonly part: string,
    message: string,
  ) {
    super(message);
  }
}
