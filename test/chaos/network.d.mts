export type Fault = 'slow' | 'hold' | 'cut' | 'half-open';

export class Network {
  constructor(targets: readonly number[]);
  listen(): Promise<number[]>;
  begin(fault: Fault, more?: { delayMs?: number }): void;
  end(): void;
  /** How many are open through the proxies. */
  readonly connections: number;
  close(): Promise<void>;
}
