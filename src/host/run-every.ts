import type { SchedulerRegistry } from '@nestjs/schedule';

/**
 * Runs a job again and again, and lists it in the schedule under its name, so that a host sees it there and stops it
 * with its own. It fires on every instance.
 *
 * @param ms from one run to the next
 * @param run must not throw; one that takes longer than `ms` minds its own overlap
 */
export function runEvery(schedule: SchedulerRegistry, name: string, ms: number, run: () => void): void {
  schedule.addInterval(name, setInterval(run, ms));
}

/** Ends a job; one that has ended already is no fault. */
export function stopRunning(schedule: SchedulerRegistry, name: string): void {
  if (schedule.doesExist('interval', name)) schedule.deleteInterval(name);
}
