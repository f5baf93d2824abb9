import type { Snippets } from '../../triage/answers.ts';
import { CopyButton } from '../shown/copy-button.tsx';
import { ForeignText } from '../shown/foreign-text.tsx';
import './snippet-list.css';

interface Snippet {
  readonly title: string;
  readonly about: string;
  readonly text: string | undefined;
}

/** What one takes away from an alert: to look again, and to never see it again. */
export function SnippetList({ snippets: { json, scan, exception, override } }: { readonly snippets: Snippets }) {
  const all: readonly Snippet[] = [
    { title: 'Exception', about: 'Falco YAML: the rule leaves out what this alert shows.', text: exception },
    { title: 'Override', about: 'Falco YAML: turns the whole rule off.', text: override },
    { title: 'Scan', about: 'Finds the alert again in its log object.', text: scan },
    { title: 'JSON', about: 'The alert as Falco writes it.', text: json },
  ];
  return (
    <div class="snippets">
      {all.map(
        ({ title, about, text }) =>
          text !== undefined && (
            <details key={title} class="snippet">
              <summary>
                <b>{title}</b> <span class="snippet-about">{about}</span>
              </summary>
              <div class="snippet-body">
                <pre tabIndex={0}>
                  <ForeignText text={text} max={4_000} />
                </pre>
                <CopyButton text={text} what={`Copy ${title === 'JSON' ? title : title.toLowerCase()}`} />
              </div>
            </details>
          ),
      )}
    </div>
  );
}
