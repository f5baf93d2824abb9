import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface CopyButtonProps {
  readonly text: string;
  /** What the button says. */
  readonly what: string;
}

/** Puts a text on the clipboard and says so. Without a secure context (plain HTTP to another machine) browsers have no clipboard. */
export function CopyButton({ text, what }: CopyButtonProps) {
  const [said, setSaid] = useState<string>();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Not allowed by the browser');
    }
    setTimeout(() => setSaid(undefined), 2_000);
  };
  return (
    <button type="button" class="copy" onClick={() => void copy()}>
      <Icon name="copy" />
      <span aria-live="polite">{said ?? what}</span>
    </button>
  );
}
