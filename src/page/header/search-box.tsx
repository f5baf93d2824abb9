import { useEffect, useRef, useState } from 'preact/hooks';
import { only, toggled } from '../place/filter.ts';
import { closed } from '../place/place.ts';
import { useNavigation } from '../place/use-place.ts';
import { Icon } from '../shown/icon.tsx';

const network = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)(\/\d{1,3})?$/i;

/** Words to search for. An address or CIDR becomes a filter for the client. */
export function SearchBox() {
  const { place, go } = useNavigation();
  const asked = (place.filter.values.q ?? []).join(' ');
  const [text, setText] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setText(asked), [asked]);
  const search = (event: Event): void => {
    event.preventDefault();
    const words = text.trim();
    if (network.test(words)) {
      setText(asked);
      go({ ...closed(place), filter: toggled(place.filter, 'ip', words) });
    } else go({ ...closed(place), filter: only(place.filter, 'q', words === '' ? [] : [words]) });
    input.current?.blur();
  };
  return (
    <form class="search" role="search" onSubmit={search}>
      <Icon name="search" />
      <input
        ref={input}
        id="search"
        type="search"
        aria-label="Search alerts: words, an address or a CIDR"
        placeholder="Words, address, CIDR"
        autocomplete="off"
        spellcheck={false}
        maxLength={1024}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onSearch={({ currentTarget }: { currentTarget: HTMLInputElement }) => {
          if (currentTarget.value === '') go({ ...closed(place), filter: only(place.filter, 'q', []) });
        }}
      />
      <kbd class="search-key" aria-hidden="true">
        /
      </kbd>
    </form>
  );
}
