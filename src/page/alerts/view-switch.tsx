import type { View } from '../place/place.ts';
import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import './view-switch.css';

const views: readonly (readonly [View, string])[] = [
  ['alerts', 'Alerts'],
  ['groups', 'Groups'],
  ['overview', 'Overview'],
];

/** One by one, in groups, or map and top lists. */
export function ViewSwitch() {
  const { place } = useNavigation();
  return (
    <nav class="view-switch" aria-label="View">
      {views.map(([view, name]) => (
        <PlaceLink
          key={view}
          class={`to-${view}`}
          to={{ ...closed(place), view }}
          aria-current={place.view === view ? 'true' : undefined}
        >
          {name}
        </PlaceLink>
      ))}
    </nav>
  );
}
