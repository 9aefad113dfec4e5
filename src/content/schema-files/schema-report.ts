import { ContentTypeError } from '../content-type-error.js';

/**
 * The kinds of notes: `left-out` is not served, `different` is served in another way than by Strapi, `ignored` has no
 * effect here.
 */
export const SCHEMA_NOTE_KINDS = ['left-out', 'different', 'ignored'] as const;

/** A kind of a note. */
export type SchemaNoteKind = (typeof SCHEMA_NOTE_KINDS)[number];

/** A note on something of a project that is served, but not as the file has it. */
export interface SchemaNote {
  kind: SchemaNoteKind;
  /** The path of the file. */
  file: string;
  /** The attribute; null: the note is on the whole file. */
  attribute: string | null;
  /** Why, or what has no effect: a part of a sentence. */
  text: string;
}

/** The faults and the notes of all schema files that are read together. */
export class SchemaReport {
  /** What stops the start, in the order of reading. */
  readonly faults: ContentTypeError[] = [];
  readonly notes: SchemaNote[] = [];

  /**
   * Runs a part of the reading; its fault is kept, so that the other parts are read too.
   *
   * @returns undefined: there was a fault
   */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ContentTypeError)) throw error;
      this.faults.push(error);
      return undefined;
    }
  }

  /** Keeps a fault. */
  refuse(file: string, attribute: string | null, problem: string): void {
    this.faults.push(new ContentTypeError(file, attribute, problem));
  }

  /** Keeps a note. */
  note(kind: SchemaNoteKind, file: string, attribute: string | null, text: string): void {
    this.notes.push({ kind, file, attribute, text });
  }

  /** Whether an attribute of a file has a fault or was left out, so that others cannot rely on it. */
  isAbsent(file: string, attribute: string): boolean {
    const isThat = (one: { file: string; attribute: string | null }) =>
      one.file === file && one.attribute === attribute;
    return this.faults.some(isThat) || this.notes.some((note) => note.kind === 'left-out' && isThat(note));
  }

  /**
   * Throws when there are faults: the only one, or one error that tells them all.
   *
   * @throws {ContentTypeError}
   */
  throwFaults(folder: string): void {
    const [first, ...others] = this.faults;
    if (!first) return;
    if (others.length === 0) throw first;
    const told = this.faults.map(({ message }, index) => `(${index + 1}) ${message}`).join(' ');
    throw new ContentTypeError(
      folder,
      null,
      `${this.faults.length} faults. Correct them, or name what is not to be served in content.leaveOut. ${told}`,
      { cause: first },
    );
  }
}
