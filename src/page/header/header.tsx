import type { StreamState } from '../api/use-stream.ts';
import { home } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { Icon } from '../shown/icon.tsx';
import { ExportMenu } from './export-menu.tsx';
import { SearchBox } from './search-box.tsx';
import { SessionMenu } from './session-menu.tsx';
import { StreamSwitch } from './stream-switch.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { TimeRange } from './time-range.tsx';
import './header.css';

interface HeaderProps {
  readonly stream: StreamState;
  readonly paused: boolean;
  readonly onPause: (paused: boolean) => void;
  readonly onHelp: () => void;
}

export function Header({ stream, paused, onPause, onHelp }: HeaderProps) {
  return (
    <header class="header">
      <PlaceLink class="brand" to={home}>
        elb-sidekick
      </PlaceLink>
      <SearchBox />
      <TimeRange />
      <StreamSwitch state={stream} paused={paused} onPause={onPause} />
      <div class="header-tools">
        <ExportMenu />
        <button
          type="button"
          class="icon-button keys-button"
          title="Keyboard (?)"
          aria-label="Keyboard"
          onClick={onHelp}
        >
          <Icon name="keyboard" />
        </button>
        <ThemeSwitch />
        <SessionMenu />
      </div>
    </header>
  );
}
