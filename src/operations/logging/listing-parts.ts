const PARTS: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Whether a log's context is of those parts of Nest that list every module and route: for those who ask for more. */
export function isListing(context: unknown): boolean {
  return PARTS.has(context);
}
