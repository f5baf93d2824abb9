import type { ComponentChildren } from 'preact';
import './section.css';

interface SectionProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Opens by a click; what one needs rarely. */
  readonly folded?: boolean;
}

export function Section({ title, children, folded }: SectionProps) {
  if (folded === undefined) {
    return (
      <section class="section">
        <h3>{title}</h3>
        {children}
      </section>
    );
  }
  return (
    <details class="section" open={!folded}>
      <summary>
        <h3>{title}</h3>
      </summary>
      {children}
    </details>
  );
}
