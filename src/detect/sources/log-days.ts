/*
 * Where ELB writes: [prefix/]AWSLogs/[o-orgid/]ACCOUNT/elasticloadbalancing/REGION/YYYY/MM/DD/FILE
 * The date is the day of delivery (UTC), so the keys of a day that is over and whose stragglers have come are all there are.
 */

/** A place to look for logs, from what a person gave as prefix: their own prefix, or any longer part of a key. */
export interface LogRoot {
  /** Up to and including `AWSLogs/`. */
  readonly root: string;
  /** What is already fixed below the root: organisation, account, `elasticloadbalancing`, region. */
  readonly below: readonly string[];
  /** What is fixed of the day, as `daysBetween` writes days: ``, `2026/`, `2026/11/`, `2026/11/21/`. */
  readonly date: string;
}

export function logRoot(prefix: string): LogRoot {
  const parts = prefix.split('/').filter((part) => part !== '');
  const at = parts.lastIndexOf('AWSLogs');
  if (at === -1) return { root: [...parts, 'AWSLogs', ''].join('/'), below: [], date: '' };
  const root = `${parts.slice(0, at + 1).join('/')}/`;
  const rest = parts.slice(at + 1);
  const region = rest.indexOf('elasticloadbalancing') + 1;
  const end = region === 0 ? rest.length : region + 1;
  return {
    root,
    below: rest.slice(0, end),
    date: rest
      .slice(end)
      .map((part) => `${part}/`)
      .join(''),
  };
}

/** The accounts' and regions' folders below a root; `children` lists the folders in a folder, names with their slash. */
export async function regionFolders(
  { root, below }: LogRoot,
  children: (folder: string) => Promise<readonly string[]>,
  wanted: { readonly accounts?: readonly string[]; readonly regions?: readonly string[] },
): Promise<string[]> {
  const namesIn = async (folder: string, fixed: string | undefined): Promise<readonly string[]> =>
    fixed === undefined ? (await children(folder)).map((name) => name.slice(0, -1)) : [fixed];
  const found: string[] = [];
  const visit = async (folder: string, [account, _service, region]: readonly string[]): Promise<void> => {
    for (const name of await namesIn(folder, account)) {
      if (name.startsWith('o-')) {
        await visit(`${folder}${name}/`, account === undefined ? [] : below.slice(below.indexOf(name) + 1));
        continue;
      }
      if (wanted.accounts !== undefined && !wanted.accounts.includes(name)) continue;
      const service = `${folder}${name}/elasticloadbalancing/`;
      for (const regionName of await namesIn(service, region)) {
        if (wanted.regions === undefined || wanted.regions.includes(regionName)) found.push(`${service}${regionName}/`);
      }
    }
  };
  await visit(root, below);
  return found;
}

const dayMs = 86_400_000;

/** The days from one time to another, both included, as keys write them: `2026/11/21/`. */
export function daysBetween(fromMs: number, toMs: number): string[] {
  const days: string[] = [];
  for (let at = Math.floor(fromMs / dayMs) * dayMs; at <= toMs; at += dayMs) {
    days.push(`${new Date(at).toISOString().slice(0, 10).replaceAll('-', '/')}/`);
  }
  return days;
}

/** The end of the interval that a log file covers, as its name says. */
export function endOfLog(key: string): number | undefined {
  // The T is missing in NLB names of AWS's older documentation.
  const found = /_(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)Z_[^/]*$/.exec(key);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute] = found.map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute);
}
