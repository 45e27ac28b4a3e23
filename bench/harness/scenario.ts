/** One of those that are compared. */
export interface Contestant {
  readonly name: string;
  /** Of its figure, such as `answers/s`. */
  readonly unit: string;
  /** True for what the others are compared with. */
  readonly isBaseline?: boolean;
  /** Before the first round, until its code is compiled. By default it is measured once for nothing. */
  warmUp?(): Promise<unknown>;
  /** One round's figure. */
  measure(): Promise<number>;
}

/** What a scenario is given. */
export interface Bench {
  /** How long one measurement takes, for those that take a time. */
  readonly seconds: number;
  /** A folder for files that is gone afterwards. */
  readonly folder: string;
  /** Has something ended when the scenario is over: the last first. */
  endLater(end: () => Promise<unknown>): void;
}

/** Contestants that are measured in turn, round after round, so that whatever else the machine does meets all of them. */
export interface Scenario {
  /** What it is selected by. */
  readonly name: string;
  readonly title: string;
  /** Programs that it needs besides Node. */
  readonly needs: readonly string[];
  /** Starts what is measured. Contestants are measured in the order in which they stand. */
  prepare(bench: Bench): Promise<readonly Contestant[]>;
}
