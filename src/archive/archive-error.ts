/** The archive cannot be used, or is not what it should be. Its message says what is wrong and what to do. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}
