import type { SchedulerRegistry } from '@nestjs/schedule';

/**
 * Runs a job by interval on every instance. It is registered in the schedule under its name, so that a host lists it
 * and stops it together with its own jobs.
 *
 * @param ms from the start of one run to the start of the next
 * @param run must not throw; it must itself prevent overlapping runs where it may take longer than `ms`
 */
export function runEvery(schedule: SchedulerRegistry, name: string, ms: number, run: () => void): void {
  schedule.addInterval(name, setInterval(run, ms));
}

/** Stops a job that {@link runEvery} started. Does nothing where it has stopped already. */
export function stopRunning(schedule: SchedulerRegistry, name: string): void {
  if (schedule.doesExist('interval', name)) schedule.deleteInterval(name);
}
