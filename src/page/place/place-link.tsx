import type { AnchorHTMLAttributes, ComponentChildren } from 'preact';
import { type Place, placeAddress } from './place.ts';
import { useNavigation } from './use-place.ts';

interface PlaceLinkProps extends Omit<AnchorHTMLAttributes, 'href' | 'role'> {
  readonly to: Place;
  readonly children: ComponentChildren;
}

/** A link to another place of the page: a real one, to copy and to open in a new tab, that loads nothing when clicked. */
export function PlaceLink({ to, children, ...attributes }: PlaceLinkProps) {
  const { go } = useNavigation();
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...attributes} href={placeAddress(to)} onClick={follow}>
      {children}
    </a>
  );
}
