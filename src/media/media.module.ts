import { type DynamicModule, Module } from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import { FileAnnouncer } from './files/file-announcer.js';
import { FileDirectory } from './files/file-directory.js';
import { FileSerializer } from './files/file-view.js';
import { FileRemovals } from './files/file-removals.js';
import { ImageProcessor } from './images/image-processor.js';
import { ImageVariantStore } from './images/image-variants.js';
import { FileAttachments } from './links/file-attachments.js';
import { MEDIA_OPTIONS, type MediaOptions } from './media-options.js';
import { UploadController } from './rest/upload.controller.js';
import { UploadsController } from './rest/uploads.controller.js';
import { LocalStorage } from './storage/local-storage.js';
import { StorageProvider } from './storage/storage-provider.js';
import { FileStore } from './upload/file-store.js';
import { FileChanges } from './upload/file-changes.js';
import { FileUploads } from './upload/file-uploads.js';
import { buildMulterOptions } from './upload/multer-options.js';

/**
 * The media library. Needs a data source with `mediaEntities()`, the event emitter, the clock, and a `LinkTargets` that
 * a global module exports.
 */
@Module({})
export class MediaModule {
  static forRoot(options: MediaOptions): DynamicModule {
    return {
      module: MediaModule,
      imports: [MulterModule.register(buildMulterOptions(options))],
      controllers: [UploadController, UploadsController],
      providers: [
        { provide: MEDIA_OPTIONS, useValue: options },
        LocalStorage,
        { provide: StorageProvider, useExisting: LocalStorage },
        FileAnnouncer,
        FileAttachments,
        FileChanges,
        FileDirectory,
        FileStore,
        FileSerializer,
        FileRemovals,
        FileUploads,
        ImageProcessor,
        ImageVariantStore,
      ],
      exports: [FileAttachments, FileUploads],
    };
  }
}
