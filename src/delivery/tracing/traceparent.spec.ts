import { parseTraceparent, formatTraceparent } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('A traceparent', () => {
  it('names a span, and is read as it was written', () => {
    const name = { traceId: TRACE, spanId: SPAN, traceFlags: 1 };
    expect(formatTraceparent(name)).toBe(`00-${TRACE}-${SPAN}-01`);
    expect(parseTraceparent(formatTraceparent(name))).toEqual(name);
  });

  it.each([
    null,
    undefined,
    '',
    'nonsense',
    `01-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-01\r\nX-Other: 1`,
  ])('is none: %j', (text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});
