import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../database/column-transformers.js';

/** An uploaded file's row; its bytes are with its provider. */
export class FileEntity {
  id!: number;
  /** As it was called where it came from. */
  name!: string;
  /** 32 hex characters, unlike any other file's. */
  hash!: string;
  /** The SHA-256 of its bytes, base64url without padding: 43 characters. */
  sha256!: string;
  /** With its dot; empty when it has none. */
  ext!: string;
  mime!: string;
  /** In KB: bytes / 1000, two decimals. */
  size!: number;
  url!: string;
  /** The name of the storage provider that has the bytes. */
  provider!: string;
  /** What the provider must remember of it; null: nothing. TypeORM's types cannot follow JSON's. */
  providerMetadata!: object | null;
  /** Whose file it is; null: nobody's in particular. Never printed. */
  tenant!: string | null;
  /** UTC epoch milliseconds. */
  createdAt!: number;
  /** UTC epoch milliseconds. */
  updatedAt!: number;
  /** What is told to those who do not see it; null: nothing. */
  alternativeText!: string | null;
  caption!: string | null;
  /** The place that matters in an image, `{x, y}` in percent; null: the middle. */
  focalPoint!: object | null;
  /** Pixels; null: no image, or one that cannot be read. */
  width!: number | null;
  height!: number | null;
  /** An image's smaller versions, as Strapi tells them; null: there are none. */
  formats!: object | null;
}

/** A file hangs at a field of an entry. */
export class FileLinkEntity {
  id!: number;
  fileId!: number;
  /** The entry's content type. */
  uid!: string;
  entryId!: number;
  field!: string;
  /** Files of one field are in the order of their positions. */
  position!: number;
}

const fileSchema = (prefix: string) =>
  new EntitySchema<FileEntity>({
    target: FileEntity,
    name: 'File',
    tableName: `${prefix}files`,
    columns: {
      id: { type: 'int', primary: true, generated: 'increment' },
      name: { type: 'varchar', length: 255 },
      hash: { type: 'varchar', length: 64 },
      sha256: { type: 'varchar', length: 64 },
      ext: { type: 'varchar', length: 255 },
      mime: { type: 'varchar', length: 255 },
      size: { type: 'double' },
      url: { type: 'varchar', length: 2048 },
      provider: { type: 'varchar', length: 255 },
      providerMetadata: { type: 'text', name: 'provider_metadata', nullable: true, transformer: JSON_TEXT },
      tenant: { type: 'varchar', length: 255, nullable: true },
      createdAt: { type: 'bigint', name: 'created_at', transformer: EPOCH_MS },
      updatedAt: { type: 'bigint', name: 'updated_at', transformer: EPOCH_MS },
      alternativeText: { type: 'text', name: 'alternative_text', nullable: true },
      caption: { type: 'text', nullable: true },
      focalPoint: { type: 'text', name: 'focal_point', nullable: true, transformer: JSON_TEXT },
      width: { type: 'int', nullable: true },
      height: { type: 'int', nullable: true },
      formats: { type: 'text', nullable: true, transformer: JSON_TEXT },
    },
  });

const fileLinkSchema = (prefix: string) =>
  new EntitySchema<FileLinkEntity>({
    target: FileLinkEntity,
    name: 'FileLink',
    tableName: `${prefix}file_links`,
    columns: {
      id: { type: 'int', primary: true, generated: 'increment' },
      fileId: { type: 'int', name: 'file_id' },
      uid: { type: 'varchar', length: 128 },
      entryId: { type: 'int', name: 'entry_id' },
      field: { type: 'varchar', length: 128 },
      position: { type: 'int' },
    },
  });

/** The room's entities, for the data source. */
export const mediaEntities = (prefix = '') => [fileSchema(prefix), fileLinkSchema(prefix)];
