import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { EntryMedia, type FormFile, type MediaHolder, type StoredFiles } from '../../content/entry-media.js';
import { FileAttachments } from '../../media/links/file-attachments.js';
import { FileUploads } from '../../media/upload/file-uploads.js';

/** Adapts the media library to content's port for the files of entries. */
@Injectable()
export class EntryMediaAdapter extends EntryMedia {
  constructor(
    private readonly attachments: FileAttachments,
    private readonly uploads: FileUploads,
  ) {
    super();
  }

  override async store(files: readonly FormFile[], caller: Caller): Promise<StoredFiles> {
    return this.uploads.store(files, caller);
  }

  override async discard(files: readonly FormFile[]): Promise<void> {
    return this.uploads.discard(files);
  }

  override async filesOf(manager: EntityManager, uid: string, entryIds: readonly number[]) {
    return this.attachments.filesOf(manager, uid, entryIds);
  }

  override async filesById(manager: EntityManager, fileIds: readonly number[]) {
    return this.attachments.filesById(manager, fileIds);
  }

  override async lock(manager: EntityManager, tenant: string | null, fileIds: readonly number[]) {
    return this.attachments.lock(manager, tenant, fileIds);
  }

  override async replace(
    manager: EntityManager,
    holder: MediaHolder,
    field: string,
    fileIds: readonly number[],
  ): Promise<number[]> {
    return this.attachments.replace(manager, holder, field, fileIds);
  }

  override async detachAll(manager: EntityManager, uid: string, entryId: number): Promise<void> {
    return this.attachments.detachAll(manager, uid, entryId);
  }
}
