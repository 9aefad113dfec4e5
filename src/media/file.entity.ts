import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../database/column-transformers.js';

/** The row of an uploaded file; the storage provider has its bytes. */
export class FileEntity {
  id!: number;
  /** The file name that the sender gave. */
  name!: string;
  /** 32 random hex characters, unique. */
  hash!: string;
  /** The SHA-256 of its bytes, base64url without padding: 43 characters. */
  sha256!: string;
  /** The extension with its dot; empty: none. */
  ext!: string;
  mime!: string;
  /** In KB: bytes / 1000, two decimals. */
  size!: number;
  url!: string;
  /** The name of the storage provider. */
  provider!: string;
  /**
   * The provider's own metadata; null: none. Typed as `object`, because TypeORM cannot express recursive JSON types.
   */
  providerMetadata!: object | null;
  /** The file's tenant; null: none. Never serialized. */
  tenant!: string | null;
  /** UTC epoch milliseconds. */
  createdAt!: number;
  /** UTC epoch milliseconds. */
  updatedAt!: number;
  /** The alternative text for people who cannot see the image; null: none. */
  alternativeText!: string | null;
  caption!: string | null;
  /** The focal point of an image, `{x, y}` in percent; null: the center. */
  focalPoint!: object | null;
  /** Size in pixels; null: no image, or an unreadable one. */
  width!: number | null;
  height!: number | null;
  /** The smaller variants of an image, in the form of Strapi's `formats`; null: none. */
  formats!: object | null;
}

/** A link between a file and a field of an entry. */
export class FileLinkEntity {
  id!: number;
  fileId!: number;
  /** The entry's content type. */
  uid!: string;
  entryId!: number;
  field!: string;
  /** The order of the files of one field. */
  position!: number;
}

const defineFile = (prefix: string) =>
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

const defineFileLink = (prefix: string) =>
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

/** The entities of this module, for the data source. */
export const mediaEntities = (prefix = '') => [defineFile(prefix), defineFileLink(prefix)];
