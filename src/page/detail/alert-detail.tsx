import { useEffect, useRef } from 'preact/hooks';
import type { AlertDetail as Detail, TriageState } from '../../triage/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { closed } from '../place/place.ts';
import { useNavigation } from '../place/use-place.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import { Icon } from '../shown/icon.tsx';
import { ago, local, utc } from '../shown/moment.ts';
import { PriorityBadge } from '../shown/priority-badge.tsx';
import { DeliveryList } from './delivery-list.tsx';
import { EventFields } from './event-fields.tsx';
import { NeighbourList } from './neighbour-list.tsx';
import { Origin } from './origin.tsx';
import { RuleAbout } from './rule-about.tsx';
import { Section } from './section.tsx';
import { SnippetList } from './snippet-list.tsx';
import { TriageForm } from './triage-form.tsx';
import { TriageHistory } from './triage-history.tsx';
import { Whereabouts } from './whereabouts.tsx';
import './alert-detail.css';

interface AlertDetailProps {
  readonly id: string;
  /** The newest decision that the stream told of, of whichever alert. */
  readonly news: TriageState | undefined;
  readonly onDecided: (state: TriageState) => void;
}

/** Everything that is known of one alert, in the order in which one asks: what, whether it matters, who, why, where from. */
export function AlertDetail({ id, news, onDecided }: AlertDetailProps) {
  const { place, go } = useNavigation();
  const { value, failure } = useLoaded<Detail>(`/api/alerts/${encodeURIComponent(id)}`);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    panel.current?.scrollTo(0, 0);
  }, [id]);
  return (
    <aside class="detail" aria-label="Alert" ref={panel} tabIndex={-1} id="detail">
      <div class="detail-bar">
        {value !== undefined && <When row={value.row} />}
        <button
          type="button"
          class="icon-button detail-close"
          aria-label="Close the alert"
          onClick={() => go(closed(place))}
        >
          <Icon name="close" />
        </button>
      </div>
      {failure !== undefined && (
        <div class="detail-trouble" role="alert">
          <h2>{failure.status === 404 ? 'This alert is not here' : 'The alert could not be loaded'}</h2>
          <p>{failure.message}</p>
        </div>
      )}
      {value === undefined && failure === undefined && <p class="detail-trouble">Loading…</p>}
      {value !== undefined && <Known key={id} detail={value} news={news} onDecided={onDecided} />}
    </aside>
  );
}

function When({ row }: Pick<Detail, 'row'>) {
  const ms = Date.parse(row.time);
  return (
    <>
      <PriorityBadge priority={row.priority} full />
      <time class="mono" dateTime={row.time} title={local(ms)}>
        {utc(ms)} UTC
      </time>
      <span>{ago(ms, Date.now())}</span>
    </>
  );
}

interface KnownProps {
  readonly detail: Detail;
  readonly news: TriageState | undefined;
  readonly onDecided: (state: TriageState) => void;
}

function Known({ detail, news, onDecided }: KnownProps) {
  const { row, sentence, rule, verdict, origin, delivery, snippets, alert, enrichment } = detail;
  const triage = news?.id === row.id && news.version > detail.triage.version ? news : detail.triage;
  return (
    <article>
      <header class="detail-head">
        <h2 id="detail-title">
          <ForeignText text={row.rule} max={200} />
        </h2>
        <p class="sentence">
          <ForeignText text={sentence} max={1_000} />
        </p>
      </header>
      <TriageForm current={triage} onSaved={onDecided} />
      <TriageHistory history={triage.history} />
      {row.clientAddress !== undefined && (
        <Section title="Where the client is">
          <Whereabouts row={row} enrichment={enrichment} />
        </Section>
      )}
      {(row.clientAddress !== undefined || row.path !== undefined) && (
        <Section title="Around it, 15 minutes before and after">
          <NeighbourList row={row} />
        </Section>
      )}
      <Section title="Why: the rule">
        <RuleAbout rule={rule} verdict={verdict} row={row} fields={alert['output_fields']} />
      </Section>
      <Section title={origin.raw === undefined ? 'What Falco printed' : 'The log line'}>
        <Origin origin={origin} output={typeof alert['output'] === 'string' ? alert['output'] : row.output} />
      </Section>
      <Section title="Delivery">
        <DeliveryList delivery={delivery} />
      </Section>
      <Section title="Take away">
        <SnippetList snippets={snippets} />
      </Section>
      <Section title="All fields" folded>
        <EventFields alert={alert} enrichment={enrichment} />
      </Section>
    </article>
  );
}
