// The decorators below store their metadata with it.
import 'reflect-metadata';
import { IsArray, IsBoolean, IsIn, IsInt, IsString, Matches, Max, Min } from 'class-validator';

/** `content`: content types and their routes. */
export class ContentSettings {
  /** The folder of `schema.json` files, one for each content type. */
  @IsString()
  types!: string;

  /** Whether the content and media routes require a token; false: they are open. */
  @IsBoolean()
  requireToken!: boolean;

  /**
   * Names of attributes that are private in every content type and component, and of keys of every entry: `createdAt`,
   * `updatedAt`, `publishedAt`, `documentId`, `locale`, in either spelling.
   */
  @IsArray()
  @Matches(/^(?!id$)[A-Za-z][A-Za-z0-9_]{0,63}$/, {
    each: true,
    message: 'privateAttributes must be a list of names of attributes, without id',
  })
  privateAttributes!: string[];

  /**
   * What of a Strapi project is not served: uids of content types (`api::page.page`) and components (`shared.seo`), and
   * both with the name of an attribute (`api::page.page.slug`).
   */
  @IsArray()
  @Matches(/^(api::)?[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(\.[A-Za-z][A-Za-z0-9_]*)?$/, {
    each: true,
    message:
      'leaveOut must be a list of uids such as api::page.page or shared.seo, each with or without .<attribute>',
  })
  leaveOut!: string[];

  /** The locale that entries of localized content types carry in `strapi-v5` bodies, as Strapi's default locale. */
  @Matches(/^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$/, { message: 'locale must be a locale such as en or fr-CA' })
  locale!: string;

  /**
   * Whose answers the content routes give. With `strapi-v5` entries are printed as Strapi 5 does, `DELETE` is answered
   * with 204, and an entry with a published version is deleted with an event for each of the two.
   */
  @IsIn(['strapi-v3', 'strapi-v5'])
  format!: 'strapi-v3' | 'strapi-v5';
}

/** `media`: limits of uploads. */
export class MediaSettings {
  /** The greatest size of a file, bytes. */
  @IsInt()
  @Min(1)
  maxFileBytes!: number;

  /** The greatest number of files in one upload. */
  @IsInt()
  @Min(1)
  @Max(1000)
  maxFiles!: number;

  /** The most pixels that the images of one upload have together: each is decoded for its smaller variants. */
  @IsInt()
  @Min(1)
  maxPixels!: number;

  /** The accepted media types, as detected from the bytes: `image/png`, `image/*` for a kind, `*\/*` for all. */
  @IsArray()
  @Matches(/^(\*\/\*|[\w.+-]{1,127}\/(\*|[\w.+-]{1,127}))$/, {
    each: true,
    message: 'allowedTypes must be a list of types such as image/png, image/* or */*',
  })
  allowedTypes!: string[];
}
