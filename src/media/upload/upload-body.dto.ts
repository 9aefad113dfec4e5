import { atMostCharacters, inOrder, MayBeLeftOut, ofType, Passes, required } from '../../http/checks.js';

const aName = inOrder(required, ofType('string'), atMostCharacters(255));

/** The form fields of `POST /api/upload` beside its files. */
export class UploadBody {
  /** The uid of the content type of the entry that the files are for: `api::address.address`. */
  @MayBeLeftOut()
  @Passes(aName)
  ref?: string;

  /** That entry's id. */
  @MayBeLeftOut()
  @Passes(aName)
  refId?: string;

  /** The entry's attribute of type media. */
  @MayBeLeftOut()
  @Passes(aName)
  field?: string;

  /** JSON: `{"name": "…"}`, an array of them, one a file, or the field repeated, once a file. */
  @MayBeLeftOut()
  fileInfo?: unknown;
}
