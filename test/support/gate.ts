/** Counts what goes through it, so that a test can wait for the n-th without a sleep. */
export interface Gate<T> {
  pass(value: T): void;
  /** Everything that has passed, once there are at least `count`. */
  passed(count: number): Promise<readonly T[]>;
}

export function createGate<T>(): Gate<T> {
  const values: T[] = [];
  const waiters = new Set<() => void>();
  return {
    pass: (value) => {
      values.push(value);
      for (const wake of waiters) wake();
    },
    passed: async (count) => {
      while (values.length < count) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiters.delete(wake);
            resolve();
          };
          waiters.add(wake);
        });
      }
      return values;
    },
  };
}
