import type { RefObject } from 'preact';
import { Icon } from '../shown/icon.tsx';
import './keyboard-help.css';

const keys: readonly (readonly [string, string])[] = [
  ['j', 'next alert or group'],
  ['k', 'previous alert or group'],
  ['Enter', 'open it'],
  ['x', 'mark it for a decision together with others'],
  ['e', 'decide: status, assignee, note; with marks, on all that are marked'],
  ['Esc', 'close what is open; take the marks back'],
  ['/', 'search'],
  ['p', 'hold new alerts back, or let them in'],
  ['g', 'alerts one by one, or in groups'],
  ['o', 'newest first by arrival, or by the time of the event'],
  ['?', 'this list'],
];

/** A `<dialog>`: the browser keeps the focus in it, closes it at Escape and gives the focus back. */
export function KeyboardHelp({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} class="keyboard-help" aria-labelledby="keyboard-title">
      <header>
        <h2 id="keyboard-title">Keyboard</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <dl>
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
