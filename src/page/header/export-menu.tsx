import { useRef } from 'preact/hooks';
import { filterQuery } from '../place/filter.ts';
import { useNavigation } from '../place/use-place.ts';
import { Icon } from '../shown/icon.tsx';
import { useDismiss } from '../shown/use-dismiss.ts';

/** Downloads of what the filter matches. */
export function ExportMenu() {
  const { place } = useNavigation();
  const box = useRef<HTMLDetailsElement>(null);
  useDismiss(box);
  const address = (format: string): string => {
    const query = filterQuery(place.filter);
    query.set('format', format);
    return `/api/export?${query.toString()}`;
  };
  return (
    <details class="menu" ref={box}>
      <summary class="icon-button" aria-label="Export" title="Export">
        <Icon name="download" />
      </summary>
      <div class="menu-body">
        <ul>
          <li>
            <a href={address('csv')} download="alerts.csv">
              These alerts as CSV
            </a>
          </li>
          <li>
            <a href={address('jsonl')} download="alerts.jsonl">
              These alerts as JSON lines
            </a>
          </li>
        </ul>
      </div>
    </details>
  );
}
