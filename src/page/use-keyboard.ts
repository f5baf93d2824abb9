import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { closed } from './place/place.ts';
import { useNavigation } from './place/use-place.ts';

interface KeyboardTargets {
  readonly help: RefObject<HTMLDialogElement | null>;
  /** Absent for who may only read. */
  readonly mark: ((id: string) => void) | undefined;
  readonly paused: boolean;
  readonly pause: (paused: boolean) => void;
  /** Takes marks back, and the form that decides on many. */
  readonly decideNoMore: () => void;
}

/** The page's keys. They are the reader's own while something is being typed, or a modifier is held. */
export function useKeyboard(targets: KeyboardTargets): void {
  const { place, go } = useNavigation();
  const now = useRef({ ...targets, place, go });
  now.current = { ...targets, place, go };
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const { help, mark, paused, pause, decideNoMore, place, go } = now.current;
      if (event.ctrlKey || event.metaKey || event.altKey || help.current?.open) return;
      if (event.key === 'Escape') {
        leave(place.alert, () => go(closed(place)), decideNoMore);
        return;
      }
      if (isTyping(event.target)) return;
      const done = ((): boolean => {
        switch (event.key) {
          case 'j':
          case 'k': {
            const row = beside(event.key === 'j' ? 1 : -1, place.alert);
            row?.focus();
            const id = row?.dataset['alert'];
            if (place.alert !== undefined && id !== undefined) go({ ...place, alert: id }, 'replace');
            return true;
          }
          case 'x': {
            const id = currentRow(place.alert)?.dataset['alert'];
            if (id !== undefined) mark?.(id);
            return true;
          }
          case 'e': {
            const many = document.querySelector<HTMLElement>('.bulk select');
            if (many !== null && place.alert === undefined) {
              many.focus();
              return true;
            }
            const id = currentRow(place.alert)?.dataset['alert'];
            if (id !== undefined && place.alert === undefined) go({ ...place, alert: id });
            if (id !== undefined)
              whenThere(`form[data-of="${CSS.escape(id)}"] input:checked`, (input) => input.focus());
            return true;
          }
          case 'g':
            go({ ...closed(place), view: place.view === 'groups' ? 'alerts' : 'groups' });
            return true;
          case 'o':
            go({ ...closed(place), order: place.order === 'time' ? 'arrival' : 'time' });
            return true;
          case 'p':
            pause(!paused);
            return true;
          case '/':
            document.getElementById('search')?.focus();
            return true;
          case '?':
            help.current?.showModal();
            return true;
          default:
            return false;
        }
      })();
      if (done) event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

/** Escape: out of a text first, then out of the alert, back to its row; then from what was to be decided together. */
function leave(open: string | undefined, close: () => void, decideNoMore: () => void): void {
  const { activeElement } = document;
  if (isTyping(activeElement) && activeElement instanceof HTMLElement) {
    activeElement.blur();
    return;
  }
  if (open === undefined) {
    decideNoMore();
    return;
  }
  close();
  rowOf(open)?.focus();
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** What stands in the list: alerts, groups and the alerts of those that are open, and what loads more at its end. */
function rows(): readonly HTMLElement[] {
  const all = document.querySelectorAll<HTMLElement>('#list a[data-alert], #list .group-head, #list .load-more');
  return [...all].filter((row) => row.checkVisibility());
}

function rowOf(id: string | undefined): HTMLElement | undefined {
  return id === undefined ? undefined : rows().find((row) => row.dataset['alert'] === id);
}

/** Where one is: at the row that has the focus, else at the one whose alert is open. */
function currentRow(open: string | undefined): HTMLElement | undefined {
  return rows().find((row) => row === document.activeElement) ?? rowOf(open);
}

function beside(step: 1 | -1, open: string | undefined): HTMLElement | undefined {
  const all = rows();
  const current = currentRow(open);
  const at = current === undefined ? -1 : all.indexOf(current);
  return all[Math.min(all.length - 1, Math.max(0, at + step))];
}

/** As soon as the page shows such an element, now or when what is being loaded has come; not later than in 3 s. */
function whenThere(selector: string, act: (element: HTMLElement) => void): void {
  const found = document.querySelector<HTMLElement>(selector);
  if (found !== null) {
    act(found);
    return;
  }
  const observer = new MutationObserver(() => {
    const element = document.querySelector<HTMLElement>(selector);
    if (element === null) return;
    observer.disconnect();
    act(element);
  });
  observer.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), 3_000);
}
