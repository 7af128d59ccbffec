/** Words that stand behind `monitoring` in the scripts of existing stacks, with the words of the verb that does it here. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  'install-dashboards': ['dashboards', 'install'],
  'list-dashboards': ['dashboards', 'list'],
  'export-dashboard': ['dashboards', 'export'],
}

/** Verbs below `silence`; anything else behind it is what a silence is made of. */
const SILENCE_VERBS = new Set(['add', 'list', 'expire', '-h', '--help'])

/**
 * The command line behind the word `monitoring`, as people of existing stacks type it: `silence --duration 2h --reason "…"`,
 * `export-dashboard UID`, `install-dashboards`. Every other verb is as it is without the word.
 */
export function translateMonitoring(args: readonly string[]): readonly string[] {
  const [verb, ...rest] = args
  if (verb === undefined) return args
  if (verb === 'silence') {
    const [next] = rest
    return next !== undefined && SILENCE_VERBS.has(next) ? args : ['silence', 'add', ...rest]
  }
  const words = VERBS[verb]
  if (words === undefined) return args
  if (verb === 'export-dashboard') return [...words, ...nameDashboard(rest)]
  const isAll = verb === 'install-dashboards' && (rest[0]?.startsWith('-') ?? true)
  return [...words, ...(isAll ? ['--all'] : []), ...rest]
}

/** `export-dashboard UID` is `export-dashboard --id UID`. */
function nameDashboard(rest: readonly string[]): readonly string[] {
  const [first] = rest
  return first === undefined || first.startsWith('-') ? rest : ['--id', ...rest]
}
