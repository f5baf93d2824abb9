/** Falco's priorities, most urgent first, spelled as Falco writes them in alerts. */
export const priorities = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const;

export type Priority = (typeof priorities)[number];

const byLowerCase: ReadonlyMap<string, Priority> = new Map([
  ...priorities.map((priority): [string, Priority] => [priority.toLowerCase(), priority]),
  ['info', 'Informational'],
]);

/** The priority that a rule file, a config or an alert names, in any case; `INFO` means Informational. Undefined for any other word. */
export function parsePriority(word: string): Priority | undefined {
  return byLowerCase.get(word.toLowerCase());
}

/** True when `priority` is as urgent as `threshold` or more urgent. */
export function atLeast(priority: Priority, threshold: Priority): boolean {
  return priorities.indexOf(priority) <= priorities.indexOf(threshold);
}
