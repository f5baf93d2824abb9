import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a test run with the reasons of what was skipped and one plain line, `N passed, N failed, N skipped`, which scripts
 * and CI can read. A test says its reason at the end of its name or its suite's: `(skipped: moto is not installed)`.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') count[state] += 1;
        if (state !== 'skipped') continue;
        const reason = reasonOf(test.fullName) ?? `no reason is given by ${module.relativeModuleId}, ${test.fullName}`;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    for (const [reason, tests] of reasons) process.stdout.write(`${tests} skipped: ${reason}\n`);
    process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}

function reasonOf(fullName: string): string | undefined {
  return fullName
    .split(' > ')
    .map((name) => /[(; ]skipped:? (?:where )?(.+)\)$/.exec(name)?.[1])
    .find((reason) => reason !== undefined);
}
