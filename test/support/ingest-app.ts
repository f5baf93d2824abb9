import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '../../src/app.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { parseConfig } from '../../src/config/config.ts';
import { loadConfiguredRules } from '../../src/config/configured-rules.ts';

/** The left half with a store of its own, in this process: sources as given, one rule that matches status 503. */
export interface IngestApp {
  readonly app: App;
  /** The objects of the stored alerts, sorted, each once. */
  alertedObjects(): string[];
  /** Warnings and errors of the log, one line each. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export async function startIngestApp(sources: string): Promise<IngestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-ingest-'));
  writeFileSync(join(folder, 'rules.yaml'), ruleFor503);
  const config = parseConfig(`rules_files: [rules.yaml]\n${sources}`, join(folder, 'config.yaml'), {});
  const { ruleSet } = await loadConfiguredRules(config.rules, { cwd: folder, hostname: 'test' });
  if (ruleSet === undefined) throw new Error('the rule does not load');
  const log: string[] = [];
  const app = await startApp(
    config,
    { service: false, ingest: { rules: ruleSet } },
    {
      clock: systemClock,
      log: createLog({ level: 'warning', readable: true, write: (line) => log.push(line.trimEnd()), now: () => 0 }),
      version: 'test',
      write: () => Promise.resolve(),
      stdin: async function* () {},
    },
  );
  return {
    app,
    log,
    alertedObjects() {
      const stored = app.store?.recent(100_000) ?? [];
      const objects = stored.map(({ alert: { fields } }) => fields['awselb.object']);
      return [...new Set(objects.filter((name) => typeof name === 'string'))].sort();
    },
    async stop() {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const ruleFor503 = `
- rule: Balancer answered 503
  desc: Nothing was there to answer.
  condition: awselb.elb_status_code = 503
  output: 503 (%awselb.client_ip %awselb.object)
  priority: WARNING
  source: awselb
`;
