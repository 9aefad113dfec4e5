import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { readLimit } from '../../http/pagination.js';
import { WEBHOOK_STATES, type WebhookSelection, type WebhookState } from '../registrations/webhook-pages.js';

/** Webhooks of an answer without `limit`: Strapi's clients expect the whole list. */
export const MOST_UNPAGED = 1_000;

/** Ids are UUIDs; those of imported webhooks are a prefix and the id in Strapi, with a dash between them. */
const ID = /^(?=.{1,64}$)[a-z0-9][a-z0-9-]*-[A-Za-z0-9]+$/;

/** The query of `GET /admin/webhooks`. Every key is optional; without any the answer is Strapi's. */
export class WebhookListQuery {
  @IsOptional()
  @IsString({ message: 'limit must be one number' })
  limit?: string;

  /** The `nextCursor` of an earlier page. The webhook of this id may be gone. */
  @IsOptional()
  @IsString({ message: 'cursor must be one cursor' })
  @Matches(ID, { message: 'cursor must be the nextCursor of an earlier page' })
  cursor?: string;

  /** A part of the name or the URL. */
  @IsOptional()
  @IsString({ message: 'search must be one text' })
  @Length(1, 255, { message: 'search must have 1 to 255 characters' })
  search?: string;

  @IsOptional()
  @IsIn(WEBHOOK_STATES, { message: `state must be one of: ${WEBHOOK_STATES.join(', ')}` })
  state?: WebhookState;
}

/** @throws {RequestValidationError} for a limit that is none */
export function readSelection({ limit, cursor, search, state }: WebhookListQuery): WebhookSelection {
  return {
    limit: limit === undefined ? MOST_UNPAGED : readLimit(limit),
    ...(cursor === undefined ? {} : { after: cursor }),
    ...(search === undefined ? {} : { search }),
    ...(state === undefined ? {} : { state }),
  };
}
