import { useEffect, useState } from 'preact/hooks';
import type { AlertGroup, GroupPage } from '../../triage/answers.ts';
import { request } from '../api/request.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useNavigation } from '../place/use-place.ts';
import { plural } from '../shown/count.ts';
import { Trouble } from '../shown/trouble.tsx';
import { GroupRow } from './group-row.tsx';

/** Bursts: the alerts of one rule about one client at one balancer in one row, which opens to them. */
export function GroupList({ query: filter, version }: { readonly query: string; readonly version: number }) {
  const { place } = useNavigation();
  const query = `${filter}&order=${place.order}`;
  const [tries, setTries] = useState(0);
  const first = useLoaded<GroupPage>(`/api/groups?${query}`, version + tries, true);
  const [more, setMore] = useState<readonly AlertGroup[]>([]);
  const [next, setNext] = useState<string>();
  useEffect(() => {
    setMore([]);
    setNext(first.value?.next);
  }, [first.value]);
  const loadMore = async (): Promise<void> => {
    if (next === undefined) return;
    const page = await request<GroupPage>('GET', `/api/groups?${query}&cursor=${encodeURIComponent(next)}`);
    setMore([...more, ...page.groups]);
    setNext(page.next);
  };
  const groups = [...(first.value?.groups ?? []), ...more];
  return (
    <div class="group-list">
      {first.failure !== undefined && <Trouble failure={first.failure} onRetry={() => setTries(tries + 1)} />}
      <ol aria-label="Groups" aria-busy={first.loading}>
        {groups.map((group) => (
          <GroupRow key={group.key} group={group} />
        ))}
      </ol>
      {next !== undefined && (
        <button type="button" class="quiet load-more" onClick={() => void loadMore()}>
          Load more
        </button>
      )}
      <p class="unseen" role="status">
        {plural(groups.length, 'group')}
      </p>
    </div>
  );
}
