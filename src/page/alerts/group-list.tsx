import { useEffect, useRef, useState } from 'preact/hooks';
import type { AlertGroup, GroupPage } from '../../triage/answers.ts';
import { request } from '../api/request.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useNavigation } from '../place/use-place.ts';
import { plural } from '../shown/count.ts';
import { Trouble } from '../shown/trouble.tsx';
import { GroupRow } from './group-row.tsx';

/** What is loaded at first, and what the API gives at most. */
const fewGroups = 50;
const manyGroups = 200;

/**
 * Bursts: the alerts of one rule about one client at one balancer in one row, which opens to them. Up to 200 groups follow
 * what comes in; with more of them loaded the list stands still, as pages are of the moment of the first one.
 */
export function GroupList({ query: filter, version }: { readonly query: string; readonly version: number }) {
  const { place } = useNavigation();
  const query = `${filter}&order=${place.order}`;
  const [tries, setTries] = useState(0);
  const [limit, setLimit] = useState(fewGroups);
  const [more, setMore] = useState<readonly AlertGroup[]>([]);
  const followed = useRef(version);
  if (more.length === 0) followed.current = version;
  const first = useLoaded<GroupPage>(`/api/groups?${query}&limit=${limit}`, followed.current + tries, true);
  const [next, setNext] = useState<string>();
  useEffect(() => setLimit(fewGroups), [query]);
  useEffect(() => {
    setMore([]);
    setNext(first.value?.next);
  }, [first.value]);
  const loadMore = async (): Promise<void> => {
    if (limit < manyGroups) {
      setLimit(manyGroups);
      return;
    }
    if (next === undefined) return;
    const page = await request<GroupPage>(
      'GET',
      `/api/groups?${query}&limit=${limit}&cursor=${encodeURIComponent(next)}`,
    );
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
