import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { albLine } from './alb-line.ts';

/** A rule of one condition: the target failed. */
export const serverErrorRule = `
- rule: Server error
  desc: A target failed
  condition: awselb.elb_status_code >= 500
  output: "status %awselb.elb_status_code for %awselb.user_agent"
  priority: ERROR
  source: awselb
`;

/** Writes `config.yaml`, `rules.yaml` and `logs/` into the folder: alerts to standard output, a free port, state below. */
export function writeSmallConfig(folder: string, logs: Readonly<Record<string, string | Buffer>>, more = ''): string {
  mkdirSync(join(folder, 'logs'), { recursive: true });
  for (const [name, content] of Object.entries(logs)) writeFileSync(join(folder, 'logs', name), content);
  writeFileSync(join(folder, 'rules.yaml'), serverErrorRule);
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    `
listen: { port: 0 }
sources: [{ name: logs, kind: file, paths: [logs] }]
rules_files: [rules.yaml]
append_output: [{ match: { source: awselb }, extra_fields: [awselb.event_id, awselb.object, awselb.line, awselb.client_ip] }]
time_format_iso_8601: true
enrichers: [{ kind: geoip }]
outputs: [{ kind: stdout, format: jsonl }]
${more}`,
  );
  return config;
}

/** A line that raises `Server error`, told apart by its user agent. */
export function failing(agent: string): string {
  return albLine({ status: 500, agent, client: '81.2.69.142' });
}

/** The alerts in what `stdout` printed as JSON lines. */
export function alertsIn(
  out: string,
): { readonly id: string; readonly output: string; readonly rule: string; readonly [key: string]: unknown }[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
