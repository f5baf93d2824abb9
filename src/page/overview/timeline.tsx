import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { priorities } from '../../alert/priority.ts';
import type { Stats } from '../../triage/answers.ts';
import { withRange } from '../place/filter.ts';
import { useNavigation } from '../place/use-place.ts';
import { count, plural } from '../shown/count.ts';
import { span, utc } from '../shown/moment.ts';
import { tiers } from '../shown/priority-badge.tsx';
import { useWidth } from '../shown/use-width.ts';
import { axisMarks } from './axis-marks.ts';
import './timeline.css';

type Bucket = Stats['timeline']['buckets'][number];

const height = 84;
const axisHeight = 18;
const widestBar = 28;
/** Quiet at the bottom, urgent on top, where it is seen. */
const drawn = [...priorities].reverse();

interface Brush {
  readonly from: number;
  readonly to: number;
}

interface TimelineProps {
  readonly timeline: Stats['timeline'];
  readonly total: number;
  /** What can be done with all of them. */
  readonly children: ComponentChildren;
}

/** Alerts over time, stacked by priority. Dragging over it zooms in; the time range does the same for the keyboard. */
export function Timeline({ timeline: { buckets, bucketMs }, total, children }: TimelineProps) {
  const { place, go } = useNavigation();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [brush, setBrush] = useState<Brush>();
  const [pointed, setPointed] = useState<Bucket>();
  const first = buckets[0];
  if (first === undefined) return <div class="timeline timeline-empty" ref={frame} />;

  const start = first.time;
  const end = (buckets.at(-1)?.time ?? start) + bucketMs;
  const most = Math.max(1, ...buckets.map(sumOf));
  const x = (ms: number): number => ((ms - start) / (end - start)) * width;
  const step = x(start + bucketMs);
  const barWidth = Math.min(widestBar, Math.max(1, step - 1));
  /** Few buckets are wide: a bar stands in the middle of its own. */
  const indent = Math.max(0, (step - 1 - barWidth) / 2);
  const at = (event: PointerEvent): number => {
    const box = frame.current?.getBoundingClientRect();
    const share = box === undefined ? 0 : (event.clientX - box.left) / box.width;
    return start + Math.min(1, Math.max(0, share)) * (end - start);
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    setBrush({ from: at(event), to: at(event) });
  };
  const move = (event: PointerEvent): void => {
    const ms = at(event);
    setPointed(buckets.find(({ time }) => ms >= time && ms < time + bucketMs));
    if (brush !== undefined) setBrush({ ...brush, to: ms });
  };
  const up = (): void => {
    if (brush === undefined) return;
    setBrush(undefined);
    const [from, to] = [brush.from, brush.to].sort((a, b) => a - b) as [number, number];
    if (x(to) - x(from) < 4) return;
    const since = Math.floor((from - start) / bucketMs) * bucketMs + start;
    const until = Math.ceil((to - start) / bucketMs) * bucketMs + start;
    go({ ...place, filter: withRange(place.filter, new Date(since).toISOString(), new Date(until).toISOString()) });
  };

  return (
    <div class="timeline" ref={frame}>
      <p class="timeline-told">
        <b>{plural(total, 'alert')}</b>
        {children}
        <span class="timeline-hint" aria-hidden="true">
          {pointed === undefined
            ? `${span(bucketMs)} a bar, at most ${count(most)}`
            : `${utc(pointed.time).slice(0, 16)}: ${toldOf(pointed)}`}
        </span>
      </p>
      <svg
        width={width}
        height={height + axisHeight}
        role="img"
        aria-label={`${plural(
          buckets.reduce((sum, bucket) => sum + sumOf(bucket), 0),
          'alert',
        )} from ${utc(start)} to ${utc(end)} UTC, at most ${count(most)} in ${span(bucketMs)}. Drag to zoom.`}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={() => setBrush(undefined)}
        onPointerLeave={() => setPointed(undefined)}
      >
        {axisMarks(start, end, Math.max(2, Math.floor(width / 110)))
          .filter(({ ms }) => x(ms) < width - 40)
          .map(({ ms, label }) => (
            <g key={ms}>
              <line class="mark" x1={x(ms)} x2={x(ms)} y1={0} y2={height} />
              <text class="mark-label" x={x(ms) + 3} y={height + 13}>
                {label}
              </text>
            </g>
          ))}
        <line class="floor" x1={0} x2={width} y1={height + 0.5} y2={height + 0.5} />
        {buckets.map((bucket) => {
          let top = height;
          return drawn.map((priority) => {
            const alerts = bucket.counts[priority] ?? 0;
            if (alerts === 0) return null;
            const tall = Math.max(1.5, (alerts / most) * (height - 6));
            top -= tall;
            return (
              <rect
                key={`${bucket.time} ${priority}`}
                class={`bar bar-${tiers[priority]}`}
                x={x(bucket.time) + indent}
                y={top}
                width={barWidth}
                height={tall}
              />
            );
          });
        })}
        {brush !== undefined && (
          <rect
            class="brush"
            x={Math.min(x(brush.from), x(brush.to))}
            y={0}
            width={Math.abs(x(brush.to) - x(brush.from))}
            height={height}
          />
        )}
      </svg>
    </div>
  );
}

function sumOf({ counts }: Bucket): number {
  return priorities.reduce((sum, priority) => sum + (counts[priority] ?? 0), 0);
}

function toldOf(bucket: Bucket): string {
  const parts = priorities.flatMap((priority) => {
    const alerts = bucket.counts[priority] ?? 0;
    return alerts === 0 ? [] : [`${count(alerts)} ${priority}`];
  });
  return parts.join(', ') || 'none';
}
