import { LeftOut } from './left-out.js';
import { SchemaReport } from './schema-report.js';

/** What every file of a project is read with. */
export interface SchemaContext {
  /** Receives faults and notes. */
  report: SchemaReport;
  leftOut: LeftOut;
  /** The names that are private in every content type and component. */
  privateAttributes: readonly string[];
  /** The locale of localized content types. */
  locale: string;
}

/** The locale of a new Strapi, and of {@link createSchemaContext}. */
const STRAPI_LOCALE = 'en';

/**
 * Creates a context with an empty report.
 *
 * @param leaveOut the setting `content.leaveOut`. Default: nothing is left out
 * @param locale the setting `content.locale`. Default: `en`
 */
export function createSchemaContext({
  leaveOut = [],
  privateAttributes = [],
  locale = STRAPI_LOCALE,
}: {
  leaveOut?: readonly string[];
  privateAttributes?: readonly string[];
  locale?: string;
} = {}): SchemaContext {
  return { report: new SchemaReport(), leftOut: new LeftOut(leaveOut), privateAttributes, locale };
}
