/** A content type's file is invalid. The message is one sentence that names the file and the attribute. */
export class ContentTypeError extends Error {
  override readonly name = 'ContentTypeError';

  /**
   * @param file the file's path
   * @param attribute the attribute's name; null if the problem is not in an attribute
   */
  constructor(
    readonly file: string,
    readonly attribute: string | null,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file}${attribute === null ? '' : `, attribute "${attribute}"`}: ${problem}`, options);
  }
}
