import { useRef, useState } from 'preact/hooks';
import { withRange } from '../place/filter.ts';
import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { Icon } from '../shown/icon.tsx';
import { inputUtc } from '../shown/moment.ts';
import { useDismiss } from '../shown/use-dismiss.ts';
import { rangeName } from './range-name.ts';
import './time-range.css';

const ages = [
  ['15m', '15 minutes'],
  ['1h', 'hour'],
  ['6h', '6 hours'],
  ['24h', '24 hours'],
  ['168h', '7 days'],
  ['720h', '30 days'],
] as const;

/** Which time the alerts are of: so long ago, or from one moment to another. */
export function TimeRange() {
  const { place, go } = useNavigation();
  const { filter } = place;
  const box = useRef<HTMLDetailsElement>(null);
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  useDismiss(box);
  const close = (): void => {
    if (box.current !== null) box.current.open = false;
  };
  const opened = (): void => {
    setSince(asInput(filter.since));
    setUntil(asInput(filter.until));
  };
  const apply = (event: Event): void => {
    event.preventDefault();
    close();
    go({ ...closed(place), filter: withRange(filter, since && `${since}:00Z`, until && `${until}:00Z`) });
  };
  return (
    <details class="menu time-range" ref={box} onToggle={opened}>
      <summary class="button" aria-label={`Time range: ${rangeName(filter)}`}>
        <Icon name="clock" />
        <span class="time-range-name">{rangeName(filter)}</span>
      </summary>
      <div class="menu-body">
        <ul>
          {ages.map(([age, name]) => (
            <li key={age}>
              <PlaceLink
                to={{ ...closed(place), filter: withRange(filter, age, undefined) }}
                aria-current={filter.since === age && filter.until === undefined ? 'true' : undefined}
                onClickCapture={close}
              >
                Last {name}
              </PlaceLink>
            </li>
          ))}
          <li>
            <PlaceLink
              to={{ ...closed(place), filter: withRange(filter, undefined, undefined) }}
              onClickCapture={close}
            >
              All time
            </PlaceLink>
          </li>
        </ul>
        <form onSubmit={apply}>
          <label>
            From (UTC)
            <input type="datetime-local" value={since} onInput={({ currentTarget }) => setSince(currentTarget.value)} />
          </label>
          <label>
            To (UTC)
            <input type="datetime-local" value={until} onInput={({ currentTarget }) => setUntil(currentTarget.value)} />
          </label>
          <button type="submit">Apply</button>
        </form>
      </div>
    </details>
  );
}

function asInput(text: string | undefined): string {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? '' : inputUtc(ms);
}
