import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { Icon } from '../shown/icon.tsx';
import './order-switch.css';

/** What newest means: what arrived last, or what happened last. The two differ while old logs are read. */
export function OrderSwitch() {
  const { place } = useNavigation();
  const byTime = place.order === 'time';
  const name = byTime ? 'by event time' : 'by arrival';
  const other = byTime ? 'by arrival' : 'by event time';
  return (
    <PlaceLink
      class="order-switch"
      to={{ ...closed(place), order: byTime ? 'arrival' : 'time' }}
      title={`Newest first ${name}; switch to ${other}`}
      aria-label={`Newest first ${name}. Switch to ${other}`}
    >
      <Icon name="down" />
      <span>{name}</span>
    </PlaceLink>
  );
}
