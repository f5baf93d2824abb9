import type { StreamState } from '../api/use-stream.ts';
import { Icon } from '../shown/icon.tsx';
import './stream-switch.css';

interface StreamSwitchProps {
  readonly state: StreamState;
  readonly paused: boolean;
  readonly onPause: (paused: boolean) => void;
}

const words: Readonly<Record<StreamState, string>> = { connecting: 'Connecting', live: 'Live', lost: 'Disconnected' };

/** Whether new alerts come in by themselves, and the button that holds them back while one reads. */
export function StreamSwitch({ state, paused, onPause }: StreamSwitchProps) {
  const said = paused && state === 'live' ? 'Paused' : words[state];
  return (
    <button
      type="button"
      class={`stream stream-${paused ? 'paused' : state}`}
      aria-pressed={paused}
      aria-label={paused ? `${said}. Let new alerts in` : `${said}. Hold new alerts back`}
      title={paused ? 'Let new alerts in (p)' : 'Hold new alerts back (p)'}
      onClick={() => onPause(!paused)}
    >
      <span class="stream-lamp" aria-hidden="true" />
      <span class="stream-word" role="status">
        {said}
      </span>
      <Icon name={paused ? 'play' : 'pause'} />
    </button>
  );
}
