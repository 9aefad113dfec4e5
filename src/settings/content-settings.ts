// The decorators below keep what they say in it.
import 'reflect-metadata';
import { IsArray, IsBoolean, IsInt, IsString, Matches, Max, Min } from 'class-validator';

export class ContentSettings {
  /** Folder of `schema.json` files, one a content type. */
  @IsString()
  types!: string;

  /** Whether the content and media routes take a token; open without. */
  @IsBoolean()
  requireToken!: boolean;
}

export class MediaSettings {
  /** The largest file, in bytes. */
  @IsInt()
  @Min(1)
  maxFileBytes!: number;

  /** The most files in one upload. */
  @IsInt()
  @Min(1)
  @Max(1000)
  maxFiles!: number;

  /** The types that are taken, as their bytes are: `image/png`, all of a kind with `image/*`, all with `*\/*`. */
  @IsArray()
  @Matches(/^(\*\/\*|[\w.+-]{1,127}\/(\*|[\w.+-]{1,127}))$/, {
    each: true,
    message: 'allowedTypes must be a list of types such as image/png, image/* or */*',
  })
  allowedTypes!: string[];
}
