import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareEngines } from './compare-engines.ts';
import { everyFieldRule, objectsOfFalcoConformance } from './objects.ts';
import { falcoObstacle } from './real-falco.ts';

// npm run conformance:falco -- --falco PATH: the same log lines through the embedded engine and through a real Falco with
// our plugin, their alerts compared byte for byte (the hostname is set alike for both).
process.env['TZ'] = 'UTC';

const { values } = parseArgs({
  options: { falco: { type: 'string' }, rules: { type: 'string', default: 'rules/awselb_rules.yaml' } },
});
const falco = values.falco ?? process.env['FALCO_BINARY'];
const obstacle = falcoObstacle(falco);
if (falco === undefined || obstacle !== undefined) {
  console.log(`skipped: ${obstacle ?? ''}`);
} else {
  let failed = 0;
  const pack = { name: values.rules, content: readFileSync(values.rules, 'utf8') };
  for (const rules of [pack, everyFieldRule()]) {
    const folder = mkdtempSync(join(tmpdir(), 'conformance-falco-'));
    const { events, alerts, mangled, differences } = await compareEngines(objectsOfFalcoConformance, rules, {
      falco,
      folder,
    });
    rmSync(folder, { recursive: true });
    for (const { ours, falcos } of differences.slice(0, 20)) {
      const at = Math.max(0, firstDifference(ours, falcos) - 60);
      const show = (alert: string | undefined): string => alert?.slice(at, at + 160) ?? 'no alert';
      console.log(`DIFFERENT\n  ours:    …${show(ours)}\n  Falco's: …${show(falcos)}`);
    }
    failed += differences.length;
    console.log(
      `${rules.name}: ${events} events, ${alerts} alerts, ${differences.length} different, ${mangled} mangled by Falco's JSON writer`,
    );
  }
  process.exitCode = failed === 0 ? 0 : 1;
}

function firstDifference(a = '', b = ''): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
