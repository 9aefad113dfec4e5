/** Past these bounds no new event is recorded; 0: no bound. */
export interface AdmissionBounds {
  /** Pending deliveries, and events that wait for their fan-out. */
  pendingDeliveries: number;
  /** Bytes of the bodies of pending deliveries, estimated. */
  unsentBytes: number;
  /** Free bytes on the disk of the database's files, of which there must be at least so many. */
  freeBytes: number;
}

/** The bounds, and where free space is asked. */
export interface AdmissionLimits extends AdmissionBounds {
  /** A folder on the disk of the database's files; null: that of the SQLite file, and for MySQL none. */
  databaseFolder: string | null;
}

/** What can keep new events out: the bounds, and a disk of which the database said that it is full. */
export const ADMISSION_OBSTACLES = ['freeBytes', 'pendingDeliveries', 'unsentBytes', 'diskFull'] as const;

/** One of {@link ADMISSION_OBSTACLES}: a key of the setting `limits`, or `diskFull`. */
export type AdmissionObstacle = (typeof ADMISSION_OBSTACLES)[number];
