/** Where in a filter something is wrong. */
export interface FilterPosition {
  /** From 1. */
  line: number;
  /** From 1, in characters of the line. */
  column: number;
}

/** A filter that cannot be used. Its message is the sentence without the place. */
export class FilterError extends Error {
  override readonly name = 'FilterError';

  constructor(
    message: string,
    readonly position: FilterPosition,
  ) {
    super(message);
  }

  /** The sentence with its place. */
  get sentence(): string {
    return `filter: ${this.message} (line ${this.position.line}, column ${this.position.column})`;
  }

  /** @param offset where it is in the text, in UTF-16 units from 0 */
  static at(message: string, text: string, offset: number): FilterError {
    const before = text.slice(0, offset).split('\n');
    return new FilterError(message, {
      line: before.length,
      column: [...(before.at(-1) ?? '')].length + 1,
    });
  }
}
