// The decorators below store their metadata with it.
import 'reflect-metadata';
import { IsArray, IsBoolean, IsInt, IsString, Matches, Max, Min } from 'class-validator';

/** `content`: content types and their routes. */
export class ContentSettings {
  /** The folder of `schema.json` files, one for each content type. */
  @IsString()
  types!: string;

  /** Whether the content and media routes require a token; false: they are open. */
  @IsBoolean()
  requireToken!: boolean;
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

  /** The accepted media types, as detected from the bytes: `image/png`, `image/*` for a kind, `*\/*` for all. */
  @IsArray()
  @Matches(/^(\*\/\*|[\w.+-]{1,127}\/(\*|[\w.+-]{1,127}))$/, {
    each: true,
    message: 'allowedTypes must be a list of types such as image/png, image/* or */*',
  })
  allowedTypes!: string[];
}
