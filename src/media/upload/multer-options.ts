import type { MulterOptions } from '@nestjs/platform-express/multer/interfaces/multer-options.interface.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { MediaOptions } from '../media-options.js';
import { findFileNameProblem } from './file-name.js';
import { IncomingFiles } from '../storage/incoming-files.js';

/** Form fields beside the files: `ref`, `refId`, `field`, `fileInfo`, and some to spare. */
const FIELDS = 16;

/** Of one field: what is said of all the files of one upload. */
const FIELD_BYTES = 256 * 1024;

/** What an upload may be: files go to the disk as they arrive, and a bad name ends it before its bytes are kept. */
export function buildMulterOptions({ uploadsDir, maxFileBytes, maxFiles }: MediaOptions): MulterOptions {
  return {
    storage: new IncomingFiles(uploadsDir),
    // A slash in a name is refused, not cut off with what is before it.
    preservePath: true,
    // Browsers send names in UTF-8; the parser would read them as Latin-1.
    defParamCharset: 'utf8',
    // A repeated fileInfo, one a file, makes more fields.
    limits: {
      fileSize: maxFileBytes,
      fieldNameSize: 64,
      fieldSize: FIELD_BYTES,
      files: maxFiles,
      fields: FIELDS + maxFiles,
      parts: FIELDS + 2 * maxFiles,
    },
    fileFilter: (_request, { originalname }, accept) => {
      const problem = findFileNameProblem(originalname);
      if (problem === null) accept(null, true);
      else accept(RequestValidationError.at(['files'], problem, originalname), false);
    },
  };
}
