/** Milliseconds of the clock that all processes of a machine share; fractions are kept. */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
