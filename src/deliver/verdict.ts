import type { Alert } from '../alert/alert.ts';
import type { Grouping } from './routing/grouping.ts';
import type { Router } from './routing/router.ts';

/** What one output does with an alert. */
export type Verdict =
  | { readonly kind: 'send'; readonly alert: Alert }
  /** Counted in a window; a summary will tell. */
  | { readonly kind: 'held' }
  /** No route names the output, or all that do are muted, for the reason given. */
  | { readonly kind: 'skip'; readonly muted?: string }
  /** It belongs here, but does not fit any more; nothing was counted. */
  | { readonly kind: 'later' };

/** Asks the router, then the windows. `fits` is asked before anything is counted. */
export function verdictOn(
  alert: Alert,
  output: string,
  router: Router,
  grouping: Grouping,
  nowMs: number,
  fits: () => boolean,
): Verdict {
  const matches = router.match(alert, nowMs).filter(({ outputs }) => outputs.includes(output));
  const open = matches.filter(({ muted }) => muted === undefined);
  if (open.length === 0) {
    const muted = matches[0]?.muted;
    return muted === undefined ? { kind: 'skip' } : { kind: 'skip', muted };
  }
  if (!fits()) return { kind: 'later' };
  // Where two routes name the output, the more open one wins: it is sent once.
  for (const { throttles } of open) {
    if (!grouping.admit(alert, throttles, nowMs)) continue;
    const group = throttles.find(({ renews }) => !renews)?.key;
    return { kind: 'send', alert: group === undefined ? alert : inGroup(alert, group) };
  }
  return { kind: 'held' };
}

/** The first alert of a group says so, as the group's summaries do: an output can put them into one thread. */
function inGroup(alert: Alert, group: string): Alert {
  return { ...alert, enrichment: { ...alert.enrichment, 'group.key': group } };
}
