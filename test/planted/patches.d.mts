/** A realistic mistake, and the specs that must fail where it is made. */
export interface PlantedFault {
  /** The patch's file without its ending: `10-retry-after-clamped`. */
  name: string;
  /** The fault in one sentence. */
  fault: string;
  /** Paths from the root of the tree; each of these specs must have a failed test. */
  specs: string[];
  /** A regular expression of test names, to run those alone; null: the whole specs. */
  tests: string | null;
  changes: { path: string; from: string; to: string }[];
}

export function readPatches(folder: string): PlantedFault[];
export function parsePatch(name: string, text: string): PlantedFault;
export function plant(fault: PlantedFault, tree: string): () => void;
