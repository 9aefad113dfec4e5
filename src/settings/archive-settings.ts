// The decorators below store their metadata with it.
import 'reflect-metadata';
import { IsOptional, IsString } from 'class-validator';
import { findArchiveUrlProblem } from '../archive/archive-url.js';
import { Check } from '../http/checks.js';

/** `archive`: where history goes before it is removed. */
export class ArchiveSettings {
  /** `file:///PATH`, or `s3://BUCKET/PREFIX?region=…&endpoint=…`; null: history is removed without an archive. */
  @IsOptional()
  @IsString()
  @Check((value) => (typeof value === 'string' ? findArchiveUrlProblem(value) : null))
  url!: string | null;
}
