/** The files to open to follow a delivery's claim, sending and recording, relative to `src/delivery`, in order. */
export function readingPath(): string[];
