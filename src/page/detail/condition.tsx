import { useMemo } from 'preact/hooks';
import { conditionLines } from './condition-lines.ts';
import './condition.css';

/** A rule's condition, laid out so that its parts are seen. */
export function Condition({ text }: { readonly text: string }) {
  const lines = useMemo(() => conditionLines(text), [text]);
  return (
    <ol class="condition" aria-label="Condition" tabIndex={0}>
      {lines.map(({ depth, words }, index) => (
        <li key={index} class={`depth-${Math.min(depth, 6)}`}>
          {words.map(({ text: word, kind }, place) => (
            <span key={place} class={`word-${kind}`}>
              {word}
            </span>
          ))}
        </li>
      ))}
    </ol>
  );
}
