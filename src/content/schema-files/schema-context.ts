import { LeftOut } from './left-out.js';
import { SchemaReport } from './schema-report.js';

/** What every file of a project is read with. */
export interface SchemaContext {
  /** Receives faults and notes. */
  report: SchemaReport;
  leftOut: LeftOut;
  /** The names that are private in every content type and component. */
  privateAttributes: readonly string[];
}

/**
 * Creates a context with an empty report.
 *
 * @param leaveOut the setting `content.leaveOut`. Default: nothing is left out
 */
export function createSchemaContext({
  leaveOut = [],
  privateAttributes = [],
}: { leaveOut?: readonly string[]; privateAttributes?: readonly string[] } = {}): SchemaContext {
  return { report: new SchemaReport(), leftOut: new LeftOut(leaveOut), privateAttributes };
}
