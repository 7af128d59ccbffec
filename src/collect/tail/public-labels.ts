import type { Labels } from '../../model/labels.ts'

/** The labels that a stream has: without those that begin with `__`, which are for relabelling. The same object when there are none. */
export function publicLabels(labels: Labels): Labels {
  const hidden = new Set<string>()
  for (let i = 0; i < labels.flat.length; i += 2) {
    const name = labels.flat[i] as string
    if (name.startsWith('__')) hidden.add(name)
  }
  return hidden.size === 0 ? labels : labels.without(hidden)
}
