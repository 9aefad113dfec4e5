const PARTS: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Whether a logger's context is a part of Nest that lists every module and route. */
export function isListing(context: unknown): boolean {
  return PARTS.has(context);
}
