import type { Alert } from './alert.ts';

/**
 * The one door between the two halves: whoever makes alerts hands them in here. In one process it is deliver/intake.ts;
 * between processes it is `POST /` of the service.
 */
export interface AlertIntake {
  /**
   * Resolves once every alert is durable (survives a power cut); until then the caller owns them and may offer them
   * again: repeats are recognised by their ids. Rejects when none of them may be taken as stored.
   */
  accept(alerts: readonly Alert[]): Promise<void>;
}
