/** A position in the text of a filter. */
export interface FilterPosition {
  /** Counted from 1. */
  line: number;
  /** Counted from 1, in characters of the line. */
  column: number;
}

/** A filter that cannot be used. The message does not contain the position. */
export class FilterError extends Error {
  override readonly name = 'FilterError';

  constructor(
    message: string,
    readonly position: FilterPosition,
  ) {
    super(message);
  }

  /** The message with the position, as the API answers it. */
  get sentence(): string {
    return `filter: ${this.message} (line ${this.position.line}, column ${this.position.column})`;
  }

  /** @param offset the position in the text, in UTF-16 code units from 0 */
  static at(message: string, text: string, offset: number): FilterError {
    const before = text.slice(0, offset).split('\n');
    return new FilterError(message, {
      line: before.length,
      column: [...(before.at(-1) ?? '')].length + 1,
    });
  }
}
