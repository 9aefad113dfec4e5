import { allOf, atMostCharacters, Check, ofType, Optional, required } from '../../http/checks.js';
import { findEncodingProblem } from './form-text.js';

const aName = allOf(required, ofType('string'), atMostCharacters(255), (value, property) =>
  findEncodingProblem(property, value as string),
);

/** The form fields of `POST /api/upload` beside its files. */
export class UploadBody {
  /** The uid of the content type of the entry to link to: `api::address.address`. */
  @Optional()
  @Check(aName)
  ref?: string;

  /** That entry's id. */
  @Optional()
  @Check(aName)
  refId?: string;

  /** The entry's attribute of type media. */
  @Optional()
  @Check(aName)
  field?: string;

  /** JSON: `{"name": "…"}`, an array with one object per file, or the field repeated once per file. */
  @Optional()
  fileInfo?: unknown;
}
