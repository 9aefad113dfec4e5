/** The version that W3C Trace Context describes today. */
const VERSION = '00';

/** A span that others can be children of, as `traceparent` names it. */
export interface SpanName {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  traceFlags: number;
}

const PATTERN = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The value of a `traceparent` header (W3C Trace Context, section 3.2). */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanName): string {
  return `${VERSION}-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** What a `traceparent` names; null where it is none. */
export function parseTraceparent(text: string | null | undefined): SpanName | null {
  const [, traceId, spanId, flags] = PATTERN.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}
