import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** Closes an open `<details>` menu at a click elsewhere and at Escape, which gives the focus back to its summary. */
export function useDismiss(box: RefObject<HTMLDetailsElement | null>): void {
  useEffect(() => {
    const clicked = ({ target }: Event): void => {
      if (box.current?.open && target instanceof Node && !box.current.contains(target)) box.current.open = false;
    };
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || !box.current?.open) return;
      event.stopImmediatePropagation();
      box.current.open = false;
      box.current.querySelector('summary')?.focus();
    };
    addEventListener('pointerdown', clicked);
    addEventListener('keydown', pressed, true);
    return () => {
      removeEventListener('pointerdown', clicked);
      removeEventListener('keydown', pressed, true);
    };
  }, [box]);
}
