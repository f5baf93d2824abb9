/**
 * How many threads a `scan` asks for that prints text, as far as its words tell before anything is loaded to understand them;
 * undefined for other commands, and where it is one or not to be told. 0: one for each core.
 */
export function threadsAskedFor([command, ...words]: readonly string[]): number | undefined {
  if (command !== 'scan' || words.some((word) => /jsonl|^--explain$|^--help$|^-h$/.test(word))) return undefined;
  const at = words.findLastIndex((word) => word.startsWith('--threads'));
  const [name, number = words[at + 1] ?? ''] = (words[at] ?? '').split('=');
  const threads = name === '--threads' && /^([0-9]|[1-5][0-9]|6[0-4])$/.test(number) ? Number(number) : 1;
  return threads === 1 ? undefined : threads;
}
