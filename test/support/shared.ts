import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Test data that is not part of the repository; tests that need it skip where it is not there. */
export const shared = join(import.meta.dirname, '../../../shared');

export const sharedExists = (path: string): boolean => existsSync(join(shared, path));

export interface CapturedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The requests that a real Falco sent, from `corpus/falco-http`. */
export function falcoRequests(file: string): readonly CapturedRequest[] {
  const text = readFileSync(join(shared, 'corpus/falco-http', file), 'utf8');
  return text
    .split(/^### request .*\n/m)
    .slice(1)
    .map((part) => {
      const [head = '', ...rest] = part.split('\n\n');
      const [start = '', ...lines] = head.split('\n');
      const [method = '', path = ''] = start.split(' ');
      const headers = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
      );
      return { method, path, headers, body: rest.join('\n\n').replace(/\n### end[\s\S]*$/, '') };
    });
}
