import { Option } from 'commander';
import { defineCommand, type ExitCode, WrongCall } from './command.ts';

export interface RulesOptions {
  readonly format: 'text' | 'json';
  readonly rules?: readonly string[];
  readonly strict?: boolean;
}

export const rules = defineCommand<RulesOptions>({
  name: 'rules',
  about: 'Check rules files, run their tests, or show what a rule comes down to',
  examples: [
    ['elb-sidekick rules check', 'the shipped rules: what Falco would say of them, and what is hardly meant'],
    ['elb-sidekick rules check --format json my_rules.yaml', "Falco's own result format"],
    ['elb-sidekick rules test my_rules.test.yaml', 'does each line raise the rules that it should?'],
    ["elb-sidekick rules explain 'Log4Shell Lookup'", 'its condition with all macros, lists and exceptions put in'],
  ],
  configure(command) {
    command
      .argument('<action>', 'check, test or explain')
      .argument('[names...]', 'files or folders; for explain, the name of a rule (* stands for any text)')
      .addOption(new Option('--format <format>', 'of check: how to print').choices(['text', 'json']).default('text'))
      .option('--rules <path...>', 'of explain: the rules files or folders; otherwise the shipped rules')
      .option('--strict', 'of check: warnings and lint findings fail too');
  },
  async run(machine, [action = '', ...names], options): Promise<ExitCode> {
    switch (action) {
      case 'check':
        return (await import('./rules-check.ts')).checkRules(machine, names, options);
      case 'test':
        return (await import('./rules-test.ts')).testRules(machine, names);
      case 'explain':
        return (await import('./rules-explain.ts')).explainRules(machine, names, options);
      default:
        throw new WrongCall(`rules can check, test or explain, not "${action}"`);
    }
  },
});
