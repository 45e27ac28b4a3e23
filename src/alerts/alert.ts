/** What an operator should hear of without looking. */
export type AlertKind =
  | "circuit_opened"
  | "circuit_closed"
  | "all_providers_failed"
  | "key_refused"
  | "engine_lost"
  | "engine_back"
  | "job_failed";

export interface Alert {
  readonly kind: AlertKind;
  /** What happened, in a sentence or two; safe to show. */
  readonly text: string;
}

/** An alert, and how many of its kind were held back since the last one. */
export interface AlertMessage extends Alert {
  readonly heldBack: number;
}

/** Takes a message to people. Never rejects. */
export type SendAlert = (message: AlertMessage, signal: AbortSignal) => Promise<void>;

/** Raises alerts. Whoever does goes on at once, whatever becomes of them. */
export interface Alerts {
  raise(alert: Alert): void;
  /** Gives those that are being sent a moment, and drops those that were held back. */
  close(): Promise<void>;
}

/** For those whom nobody wants to hear. */
export const noAlerts: Alerts = { raise: () => undefined, close: () => Promise.resolve() };
