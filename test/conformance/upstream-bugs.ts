/**
 * Cases whose expectation is a bug of Falco that we do not repeat, by name, with the reason. What we do instead is
 * refuse the shape when the rules are loaded, so that a file never alerts differently here and there.
 */
export const upstreamBugs: Readonly<Record<string, string>> = {
  'rules-329 exception replace list fields without comps misses validation':
    'Falco reads memory out of range here; the file is refused (LOAD_ERR_VALIDATE)',
};
