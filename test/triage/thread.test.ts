import { describeTriage } from '../contracts/describe-triage.ts';
import { threadBench } from '../support/triage-bench.ts';

describeTriage('on its thread', (folder) => threadBench(folder), 3);
