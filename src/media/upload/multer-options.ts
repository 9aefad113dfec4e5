import type { MulterOptions } from '@nestjs/platform-express/multer/interfaces/multer-options.interface.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { MediaOptions } from '../media-options.js';
import { findEncodingProblem } from './form-text.js';
import { findFileNameProblem } from './file-name.js';
import { IncomingFiles } from '../storage/incoming-files.js';

/** The greatest number of form fields: `ref`, `refId`, `field`, `fileInfo`, and spare ones. */
const FIELDS = 16;

/** The greatest size of a field, bytes: one `fileInfo` for all files of an upload. */
const FIELD_BYTES = 256 * 1024;

/**
 * Builds Multer's options: files are streamed to the disk, and an invalid name is refused before its bytes are stored.
 */
export function buildMulterOptions({ uploadsDir, maxFileBytes, maxFiles }: MediaOptions): MulterOptions {
  return {
    storage: new IncomingFiles(uploadsDir),
    // Keep paths in names, so that a slash is refused instead of silently cut off.
    preservePath: true,
    // Browsers send names in UTF-8; the parser's default is Latin-1.
    defParamCharset: 'utf8',
    // `fileInfo` can be repeated, once for each file.
    limits: {
      fileSize: maxFileBytes,
      fieldNameSize: 64,
      fieldSize: FIELD_BYTES,
      files: maxFiles,
      fields: FIELDS + maxFiles,
      parts: FIELDS + 2 * maxFiles,
    },
    fileFilter: (_request, { originalname }, accept) => {
      const problem = findFileNameProblem(originalname) ?? findEncodingProblem('a file name', originalname);
      if (problem === null) accept(null, true);
      else accept(RequestValidationError.at(['files'], problem, originalname), false);
    },
  };
}
