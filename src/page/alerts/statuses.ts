import type { TriageStatus } from '../../triage/status.ts';

export type { TriageStatus };

/** In the order in which an alert goes through them. (Triage's own list would bring its validators into the browser.) */
export const triageStatuses: readonly TriageStatus[] = ['new', 'investigating', 'true_positive', 'false_positive'];
