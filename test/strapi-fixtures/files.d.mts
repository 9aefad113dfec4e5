/** The files that the changes upload, by name. */
export const FILES: Record<string, { bytes: Buffer; type: string }>;
