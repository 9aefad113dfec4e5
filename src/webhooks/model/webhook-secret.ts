/** A replaced secret, which still signs beside the new one during its grace time. */
export interface PreviousSecret {
  secret: string;
  /** The end of its grace time, UTC epoch milliseconds. */
  expiresAt: number;
}

/** A secret that signs requests. */
export interface SigningSecret {
  /** `whsec_…` or `whsk_…` */
  readonly secret: string;
  /** The end of its grace time, UTC epoch milliseconds; null: it is the webhook's current secret. */
  readonly expiresAt: number | null;
}
