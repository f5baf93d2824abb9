import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../src/app.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { parseConfig } from '../../src/config/config.ts';
import { loadConfiguredRules } from '../../src/config/configured-rules.ts';
import { attackerPlaces } from './attack-logs.ts';

/** The whole service in this process, with the rule pack, and what a browser and a Falco do with it. */
export interface PageService {
  /** Without a slash at the end. */
  readonly url: string;
  /** Posts alerts as Falco does; resolves once they are stored. */
  post(this: void, alerts: readonly object[]): Promise<void>;
  stop(): Promise<void>;
}

interface PageServiceOptions {
  /** An ALB log to detect in. */
  readonly log?: string;
  /** More of the config, YAML. */
  readonly more?: string;
  readonly listen?: string;
  readonly authorization?: string;
}

export async function startPageService(options: PageServiceOptions = {}): Promise<PageService> {
  const { log, more = '', listen = '', authorization } = options;
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-page-'));
  writeFileSync(join(folder, 'places.mmdb'), attackerPlaces());
  mkdirSync(join(folder, 'logs'));
  if (log !== undefined) {
    const name =
      '111122223333_elasticloadbalancing_eu-central-1_app.shop.50dc6c495c0c9188_20261121T0300Z_10.0.0.5_4c323b1d.log';
    writeFileSync(join(folder, 'logs', name), log);
  }
  const config = parseConfig(
    `
listen: { port: 0, ${listen} }
sources: [{ name: logs, kind: file, paths: [logs] }]
rules_files: [${join(import.meta.dirname, '../../rules/awselb_rules.yaml')}]
append_output: [{ match: { source: awselb }, extra_fields: [awselb.event_id, awselb.object, awselb.line, awselb.raw, awselb.name, awselb.client_ip, awselb.request_verb, awselb.request_path, awselb.request_host, awselb.elb_status_code, awselb.user_agent] }]
geoip: { databases: [places.mmdb] }
enrichers: [{ kind: geoip }, { kind: elb }]
outputs: [{ kind: file, path: alerts.jsonl }]
${more}`,
    join(folder, 'config.yaml'),
    {},
  );
  const { ruleSet } = await loadConfiguredRules(config.rules, { cwd: folder, hostname: 'test' });
  if (ruleSet === undefined) throw new Error('the rules do not load');
  const app = await startApp(
    config,
    { service: true, ingest: { rules: ruleSet } },
    {
      clock: systemClock,
      log: createLog({ level: 'error', readable: true, write: (line) => console.error(line), now: () => 0 }),
      version: '0.1.0',
      write: () => Promise.resolve(),
      stdin: async function* () {},
    },
  );
  await app.ingested;
  const url = app.url ?? '';
  return {
    url,
    async post(alerts) {
      const answer = await fetch(`${url}/`, {
        method: 'POST',
        body: JSON.stringify(alerts),
        headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      });
      if (!answer.ok) throw new Error(`the service answered ${answer.status}: ${await answer.text()}`);
    },
    async stop() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
