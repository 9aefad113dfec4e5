/** One request that a receiver took. Times are epoch milliseconds. */
export interface TakenRequest {
  at: number;
  /** When its answer was out; null where it was dropped. */
  endedAt: number | null;
  /** Answered 2xx to the last byte. */
  accepted: boolean;
  bodyHash: string;
  /** Which life of which instance sent it. */
  sender: string | null;
}

export interface TakenEvent {
  mark: string | null;
  type: string;
  entryId: number | null;
  requests: TakenRequest[];
}

export interface JudgedWebhook {
  name: string;
  events: string[];
  isOrdered: boolean;
  /** By the event's id. */
  received: Map<string, TakenEvent>;
}

export interface LedgerChange {
  mark: string;
  type: string;
  outcome: 'acknowledged' | 'unknown' | 'refused';
  entryId?: number | null;
  status?: number | null;
  sentAt?: number;
  answeredAt?: number;
}

export interface Blow {
  kind: 'kill' | 'database-kill' | 'database-stop' | 'stop' | 'term' | 'network' | 'clock';
  /** Null: all. `2.*`: all lives of an instance. */
  sender: string | null;
  from: number;
  to: number;
  /** For so long after its end it still has consequences, milliseconds. */
  settlesMs?: number;
}

export interface InstanceLife {
  name: string;
  startedAt: number;
  endedAt: number;
  /** Whether it ever listened. */
  listened: boolean;
}

export interface Accounts {
  webhooks: JudgedWebhook[];
  changes: LedgerChange[];
  misanswered: string[];
  history: {
    events: { id: string; type: string }[];
    pending: unknown[];
    failed: unknown[];
    entries: { id: number; mark: string }[];
    /** How many events were sent from memory. Null, or left out: it is not known. */
    handedOff?: number | null;
  };
  blows: Blow[];
  ownEnds: InstanceLife[];
  reachMs: number;
  concurrency: number;
}

export interface Judgement {
  /** By the fault's name: what it was found in. */
  faults: Record<string, unknown[]>;
  figures: Record<string, number | null>;
  blows: (Blow & { duplicates: number })[];
  passed: boolean;
}

export function judge(accounts: Accounts): Judgement;
