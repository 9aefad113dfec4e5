import { readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second. */
const MS_PER_TICK = 10;

/**
 * What a process has used so far, with all its threads; null where the system does not tell.
 *
 * @returns {{cpuMs: number, residentBytes: number, peakResidentBytes: number} | null}
 */
export function usageOf(pid) {
  try {
    // The name in brackets may hold spaces; what follows does not.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
      residentBytes: kilobytes(status, 'VmRSS'),
      peakResidentBytes: kilobytes(status, 'VmHWM'),
    };
  } catch {
    return null;
  }
}

function kilobytes(status, name) {
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
}
