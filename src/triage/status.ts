/** What people decide of an alert. Apart from the shapes: triage's thread does without the validator, which takes 12 MB. */
export const triageStatuses = ['new', 'investigating', 'true_positive', 'false_positive'] as const;

export type TriageStatus = (typeof triageStatuses)[number];
