import { type DynamicModule, Module } from '@nestjs/common';
import { ContentModule, type ContentOptions } from '../../content/content.module.js';
import { EntryMedia } from '../../content/entry-media.js';
import { LinkTargets } from '../../media/files/link-targets.js';
import type { MediaOptions } from '../../media/media-options.js';
import { MediaModule } from '../../media/media.module.js';
import { buildMulterOptions } from '../../media/upload/multer-options.js';
import { EntryMediaAdapter } from './entry-media.adapter.js';
import { LinkTargetsAdapter } from './link-targets.adapter.js';

/**
 * Connects content and media: neither imports the other, each declares what it needs as a port.
 *
 * The module is global so that both find the adapter of their port without importing it. Media comes first, because
 * content's routes match every name under `/api`, also `/api/upload`.
 */
@Module({})
export class ContentMediaModule {
  static forRoot(content: Omit<ContentOptions, 'forms'>, media: MediaOptions): DynamicModule {
    return {
      module: ContentMediaModule,
      global: true,
      imports: [
        MediaModule.forRoot(media),
        ContentModule.forRoot({ ...content, forms: buildMulterOptions(media) }),
      ],
      providers: [
        { provide: EntryMedia, useClass: EntryMediaAdapter },
        { provide: LinkTargets, useClass: LinkTargetsAdapter },
      ],
      exports: [EntryMedia, LinkTargets],
    };
  }
}
