import { IsOptional, IsString } from 'class-validator';

/** The query of a list that is read page by page. */
export class PageQuery {
  /** The `nextCursor` of an earlier page. */
  @IsOptional()
  @IsString({ message: 'cursor must be one cursor' })
  cursor?: string;

  @IsOptional()
  @IsString({ message: 'limit must be one number' })
  limit?: string;
}
