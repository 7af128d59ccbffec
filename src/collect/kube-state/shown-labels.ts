/** Which labels or annotations of a kind of objects become labels of metrics; `*` stands for anything. */
export type AllowList = readonly string[]

/**
 * Labels or annotations as labels of a metric: names and values in turn, the names as kube-state-metrics v2 makes them
 * (`app.kubernetes.io/name` is `label_app_kubernetes_io_name`, `podTemplate` `label_pod_template`). Names that become the same are
 * told apart by `_conflict1`, `_conflict2`, …
 */
export function shownLabels(
  prefix: 'label' | 'annotation',
  all: Readonly<Record<string, string>>,
  allowed: AllowList,
): readonly string[] {
  const names = Object.keys(all).filter(matcherOf(allowed)).sort()
  const byShown = new Map<string, string[]>()
  for (const name of names) {
    const shown = `${prefix}_${toLabelName(name)}`
    byShown.set(shown, [...(byShown.get(shown) ?? []), name])
  }
  return [...byShown].flatMap(([shown, same]) =>
    same.flatMap((name, i) => [
      same.length === 1 ? shown : `${shown}_conflict${i + 1}`,
      all[name] ?? '',
    ]),
  )
}

/** Whether a name is on a list; only `*` has a meaning there: no regular expression of a user is run. */
export function matcherOf(list: AllowList): (name: string) => boolean {
  const patterns = list.map(toPattern)
  return (name) => patterns.some((matches) => matches(name))
}

function toPattern(written: string): (name: string) => boolean {
  const parts = written.split('*')
  const [first = '', ...rest] = parts
  if (rest.length === 0) return (name) => name === written
  const last = rest.pop() ?? ''
  return (name) => {
    if (!name.startsWith(first)) return false
    let at = first.length
    for (const part of rest) {
      const found = name.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return name.length - last.length >= at && name.endsWith(last)
  }
}

function toLabelName(name: string): string {
  return name
    .replace(/[^a-zA-Z0-9_]/g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
