/** A secret that was replaced and signs beside the new one for a while. */
export interface PreviousSecret {
  secret: string;
  /** Until when it signs, UTC epoch milliseconds. */
  expiresAt: number;
}

/** A secret that requests are signed with. */
export interface SigningSecret {
  /** `whsec_…` or `whsk_…` */
  readonly secret: string;
  /** Until when it signs, UTC epoch milliseconds; null: it is the webhook's own now. */
  readonly expiresAt: number | null;
}
