import type { Intake } from './intake.ts';

/** An intake that remembers whether its last alerts could be stored, for `/readyz`. */
export interface WatchedIntake extends Intake {
  /** Why the last alerts could not be stored; empty once some were again. */
  problems(this: void): readonly string[];
}

export function watchedIntake(intake: Intake): WatchedIntake {
  let failure: string | undefined;
  const watched = async <T>(storing: Promise<T>): Promise<T> => {
    try {
      const stored = await storing;
      failure = undefined;
      return stored;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  };
  return {
    accept: (alerts) => watched(intake.accept(alerts)),
    receive: (alerts, durability) => watched(intake.receive(alerts, durability)),
    problems: () => (failure === undefined ? [] : [`the last alerts could not be stored: ${failure}`]),
  };
}
