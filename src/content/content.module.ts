import { type DynamicModule, Module } from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import type { MulterOptions } from '@nestjs/platform-express/multer/interfaces/multer-options.interface.js';
import type { ContentType } from './content-type.js';
import { ContentTypes } from './content-types.js';
import { BulkChanges } from './entries/bulk-changes.js';
import { EntryAnnouncer } from './entries/entry-announcer.js';
import { EntryChanges } from './entries/entry-changes.js';
import { EntryIds } from './entries/entry-ids.js';
import { EntryLinks } from './relations/entry-links.js';
import { EntryPopulator } from './relations/entry-populator.js';
import { EntryPublisher } from './entries/entry-publisher.js';
import { EntryReader } from './entries/entry-reader.js';
import { EntryVersions } from './entries/entry-versions.js';
import { EntryWriter } from './entries/entry-writer.js';
import { LinkChanges } from './relations/link-changes.js';
import { RelationWriter } from './relations/relation-writer.js';
import { TargetPlaces } from './relations/target-places.js';
import { FormEntries } from './entries/form-entries.js';
import { EntryAnswers, type ContentFormat } from './serialization/entry-answers.js';
import { SingleEntries } from './entries/single-entries.js';
import { EntryDirectory } from './entry-directory.js';
import { ActionsController } from './rest/actions.controller.js';
import { BulkController } from './rest/bulk.controller.js';
import { EntriesController } from './rest/entries.controller.js';
import { SinglesController } from './rest/singles.controller.js';

/** The options of {@link ContentModule}. */
export interface ContentOptions {
  /** The result of `loadContentTypes`; their tables exist already. */
  contentTypes: readonly ContentType[];
  /** Whose answers the routes give. */
  format: ContentFormat;
  /** How forms with an entry and its files are received. */
  forms: MulterOptions;
}

/**
 * Content types and their entries. Needs a data source with `contentEntities(contentTypes)`, the event emitter, the
 * clock, and an `EntryMedia` that a global module exports. Its routes match every name under `/api`: import modules
 * with other routes under `/api` before this one.
 */
@Module({})
export class ContentModule {
  static forRoot({ contentTypes, format, forms }: ContentOptions): DynamicModule {
    return {
      module: ContentModule,
      imports: [MulterModule.register(forms)],
      controllers: [EntriesController, SinglesController, BulkController, ActionsController],
      providers: [
        { provide: ContentTypes, useValue: new ContentTypes(contentTypes) },
        { provide: EntryAnswers, useValue: new EntryAnswers(format) },
        BulkChanges,
        EntryAnnouncer,
        EntryChanges,
        EntryDirectory,
        EntryIds,
        EntryLinks,
        EntryPopulator,
        EntryPublisher,
        EntryReader,
        EntryVersions,
        EntryWriter,
        FormEntries,
        LinkChanges,
        RelationWriter,
        TargetPlaces,
        SingleEntries,
      ],
      exports: [ContentTypes, EntryDirectory],
    };
  }
}
