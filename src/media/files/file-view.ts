import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject } from '../../events/webhook-event.js';
import type { FileEntity } from '../file.entity.js';

/** A file as an entry shows it: everything but what it is related to. */
export function fileView(file: FileEntity): JsonObject {
  return {
    id: file.id,
    name: file.name,
    hash: file.hash,
    sha256: file.sha256,
    ext: file.ext,
    mime: file.mime,
    size: file.size,
    url: file.url,
    provider: file.provider,
    provider_metadata: file.providerMetadata as JsonObject | null,
    created_at: new Date(file.createdAt).toISOString(),
    updated_at: new Date(file.updatedAt).toISOString(),
  };
}

/** A file as the media library and its events show it. */
export function fileViewWith(file: FileEntity, related: JsonObject[]): JsonObject {
  return { ...fileView(file), related };
}

/** So long are Strapi's document ids. */
const DOCUMENT_ID_LENGTH = 24;

/** What Strapi 5 tells of a file beside {@link fileView}. */
export function fileDocument(file: FileEntity): DocumentNode {
  return {
    kind: 'file',
    more: {
      // Unlike any other file's and kept when the file is replaced, as the hash that it is of.
      documentId: file.hash.slice(0, DOCUMENT_ID_LENGTH),
      alternativeText: file.alternativeText,
      caption: file.caption,
      focalPoint: file.focalPoint as JsonObject | null,
      width: file.width,
      height: file.height,
      formats: file.formats as JsonObject | null,
      previewUrl: null,
      publishedAt: new Date(file.createdAt).toISOString(),
      locale: null,
    },
  };
}

/** A file as the media library answers: as events tell it, and then what Strapi 5 tells more. */
export function fileAnswer(media: JsonObject, file: FileEntity): JsonObject {
  return { ...media, ...fileDocument(file).more };
}
