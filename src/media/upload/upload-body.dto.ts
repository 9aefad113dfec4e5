import { inOrder, MayBeLeftOut, ofType, Passes, required } from '../../http/worded-checks.js';

/** The form fields of `POST /api/upload` beside its files. */
export class UploadBody {
  /** The uid of the content type of the entry that the files are for: `api::address.address`. */
  @MayBeLeftOut()
  @Passes(inOrder(required, ofType('string')))
  ref?: string;

  /** That entry's id. */
  @MayBeLeftOut()
  @Passes(inOrder(required, ofType('string')))
  refId?: string;

  /** The entry's attribute of type media. */
  @MayBeLeftOut()
  @Passes(inOrder(required, ofType('string')))
  field?: string;

  /** JSON: `{"name": "…"}`, an array of them, one a file, or the field repeated, once a file. */
  @MayBeLeftOut()
  fileInfo?: unknown;
}
