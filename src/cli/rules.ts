import { Option } from 'commander';
import { collect, type CommandGroup, defineCommand } from './command.ts';

export interface RulesCheckOptions {
  readonly format: 'text' | 'json';
  readonly strict?: true;
}

export interface RulesExplainOptions {
  readonly rules?: readonly string[];
}

const check = defineCommand<RulesCheckOptions>({
  name: 'check',
  about: 'Load rules files as Falco would, and tell what is hardly meant',
  examples: [
    ['elb-sidekick rules check', 'the shipped rules: what Falco would say of them, and what is hardly meant'],
    ['elb-sidekick rules check --format json my_rules.yaml', "Falco's own result format"],
  ],
  configure(command) {
    command
      .argument('[path...]', 'rules files or folders; otherwise the shipped rules')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
      .option('--strict', 'warnings and lint findings fail too');
  },
  run: async (machine, paths, options) => (await import('./rules-check.ts')).checkRules(machine, paths, options),
});

const test = defineCommand<object>({
  name: 'test',
  about: 'Run the tests that stand beside rules files: does each line raise the rules that it should?',
  examples: [['elb-sidekick rules test my_rules.test.yaml', 'does each line raise the rules that it should?']],
  configure(command) {
    command.argument(
      '[path...]',
      'tests, the rules files that they stand beside, or folders; otherwise the shipped ones',
    );
  },
  run: async (machine, paths) => (await import('./rules-test.ts')).testRules(machine, paths),
});

const explain = defineCommand<RulesExplainOptions>({
  name: 'explain',
  about: 'Show what a rule comes down to, with all macros, lists and exceptions put in',
  examples: [
    ["elb-sidekick rules explain 'Log4Shell Lookup'", 'its condition with all macros, lists and exceptions put in'],
    ["elb-sidekick rules explain 'SQL*' --rules my_rules.yaml", 'rules of yours'],
  ],
  configure(command) {
    command
      .argument('<name>', 'the name of a rule; * stands for any text')
      .option('-r, --rules <file>', 'rules file or folder; may be repeated; otherwise the shipped rules', collect);
  },
  run: async (machine, [name = ''], options) =>
    (await import('./rules-explain.ts')).explainRules(machine, name, options),
});

export const rules: CommandGroup = {
  name: 'rules',
  about: 'Check rules files, run their tests, or show what a rule comes down to',
  actions: [check, test, explain],
};
