import { z } from 'zod';
import { durationMs } from '../../base/config-values.ts';
import { FileWatch } from './file-watch.ts';
import { readFiles } from './read-files.ts';
import { defineSource, type Source, type SourceTools } from './source.ts';

const config = z.strictObject({
  paths: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      'Files and folders to read. A folder stands for all that is below it in order of name, hidden files left out; `-` is standard input.',
    ),
  watch: z
    .boolean()
    .default(false)
    .describe('Go on for ever: follow files that grow, through rotation, and read what comes to the folders.'),
  poll_interval: durationMs
    .prefault('10s')
    .describe('With watch: how often everything is looked at, beside what the system tells of changes.'),
});

/**
 * Reads files and folders once, from start to end. An object's name is its path as configured, so that the same config
 * gives the same names (and alert ids) wherever the checkout lies. A file that changed since it was settled is read again;
 * with `watch` only what was added to it (followed-file.ts).
 */
export const file = defineSource({
  kind: 'file',
  about: 'Files, folders and standard input, plain or gzip.',
  config,
  open: (given, tools) => Promise.resolve(given.watch ? watchFiles(given, tools) : readFiles(given.paths, tools)),
});

function watchFiles({ paths, poll_interval: pollMs }: z.infer<typeof config>, tools: SourceTools): Source {
  const watched = paths.filter((path) => path !== '-');
  return {
    name: tools.name,
    atOnce: 1,
    async *objects(signal) {
      yield* readFiles(
        paths.filter((path) => path === '-'),
        tools,
      ).objects(signal);
      if (watched.length > 0) yield* new FileWatch(watched, pollMs, tools).objects(signal);
    },
  };
}
