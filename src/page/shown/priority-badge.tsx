import type { Priority } from '../../alert/priority.ts';
import './priority-badge.css';

const letters: Readonly<Record<Priority, string>> = {
  Emergency: 'EMRG',
  Alert: 'ALRT',
  Critical: 'CRIT',
  Error: 'ERR',
  Warning: 'WARN',
  Notice: 'NOTE',
  Informational: 'INFO',
  Debug: 'DBUG',
};

/** What is drawn alike: people tell five colours apart, and the letters tell the rest. */
export const tiers: Readonly<Record<Priority, string>> = {
  Emergency: 'critical',
  Alert: 'critical',
  Critical: 'critical',
  Error: 'error',
  Warning: 'warning',
  Notice: 'notice',
  Informational: 'debug',
  Debug: 'debug',
};

interface PriorityBadgeProps {
  readonly priority: Priority;
  /** Written out, where there is room. */
  readonly full?: boolean;
}

export function PriorityBadge({ priority, full = false }: PriorityBadgeProps) {
  return (
    <span class={`priority priority-${tiers[priority]}`} title={priority}>
      {full ? priority : <span aria-hidden="true">{letters[priority]}</span>}
      {!full && <span class="unseen">{priority}</span>}
    </span>
  );
}
