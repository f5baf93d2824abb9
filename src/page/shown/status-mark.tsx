import type { TriageStatus } from '../../triage/status.ts';
import './status-mark.css';

export const statusNames: Readonly<Record<TriageStatus, string>> = {
  new: 'New',
  investigating: 'Investigating',
  true_positive: 'True positive',
  false_positive: 'False positive',
};

/** Shapes that differ without colour: an empty ring, a half one, a full one with a cross, one with a bar. */
const shapes: Readonly<Record<TriageStatus, string>> = {
  new: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11zm0 1.6a3.9 3.9 0 1 1 0 7.8a3.9 3.9 0 1 1 0-7.8z',
  investigating: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11zm0 1.6a3.9 3.9 0 0 1 0 7.8z',
  true_positive: 'M8 1.6 14.6 13.4H1.4zM7.2 5.6v4h1.6v-4zm0 5v1.5h1.6v-1.5z',
  false_positive: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM4.9 8.2l1-1 1.5 1.5 2.9-3 1 1-3.9 4z',
};

export function StatusMark({ status, named = false }: { readonly status: TriageStatus; readonly named?: boolean }) {
  return (
    <span class={`status status-${status}`} title={statusNames[status]}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d={shapes[status]} fill="currentColor" fill-rule="evenodd" />
      </svg>
      <span class={named ? '' : 'unseen'}>{statusNames[status]}</span>
    </span>
  );
}
