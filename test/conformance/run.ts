import { existsSync } from 'node:fs';
import { readFolder } from './cases.ts';
import { conformanceChecks, isUpstreamBug } from './suite.ts';
import { upstreamBugs } from './upstream-bugs.ts';

// npm run conformance -- FOLDER: the cases of a folder in the format of ../shared/conformance, each failure by name, and
// `N passed, N failed` at the end. The data was produced in UTC.
process.env.TZ = 'UTC';

const [folder] = process.argv.slice(2);
if (folder === undefined || !existsSync(folder)) {
  console.error(`usage: npm run conformance -- FOLDER${folder === undefined ? '' : ` (there is no ${folder})`}`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
for (const { name, check } of conformanceChecks(readFolder(folder, '../shared/conformance'))) {
  if (isUpstreamBug(name)) {
    console.log(`skipped ${name}: ${upstreamBugs[name]}`);
    continue;
  }
  const difference = check();
  if (difference === undefined) passed++;
  else {
    failed++;
    console.log(`FAILED ${name}\n  ${difference}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
