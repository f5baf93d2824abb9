import { useState } from 'preact/hooks';
import { count } from './count.ts';
import './foreign-text.css';
import { cut, visiblePieces } from './visible-text.ts';

interface ForeignTextProps {
  readonly text: string;
  /** Characters shown at first. Whoever can open the rest gets a button for it. */
  readonly max?: number;
  /** Without the button: for rows, which open to the whole. */
  readonly brief?: boolean;
}

/** Text that somebody else wrote, an attacker perhaps: always text, apart from the directions of its surroundings. */
export function ForeignText({ text, max = 600, brief = false }: ForeignTextProps) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : cut(text, max);
  const pieces = visiblePieces(shown);
  const more = text.length - shown.length;
  return (
    <>
      <bdi class="foreign-text">
        {pieces.map((piece, index) =>
          piece.hidden ? (
            <span key={index} class="hidden-character">
              {piece.text}
            </span>
          ) : (
            piece.text
          ),
        )}
        {more > 0 && '…'}
      </bdi>
      {more > 0 && !brief && (
        <button type="button" class="quiet show-all" onClick={() => setWhole(true)}>
          show all ({count(text.length)} characters)
        </button>
      )}
    </>
  );
}
