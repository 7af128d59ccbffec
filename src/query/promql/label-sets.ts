import { Labels } from '../../model/labels.ts'

const UNDERSCORE = 95

/** Labels that describe the metric rather than the series (model/labels, schema.IsMetadataLabel). */
export function isMetadataLabel(name: string): boolean {
  return name === '__name__' || name === '__type__' || name === '__unit__'
}

/** A label set without its metadata labels, as most functions and operators return it. */
export function dropMetadata(labels: Labels): Labels {
  const flat = labels.flat
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    // Names are sorted, and metadata labels start with an underscore.
    if (name.charCodeAt(0) > UNDERSCORE) return labels
    if (isMetadataLabel(name)) return withoutMetadataFrom(flat, i)
  }
  return labels
}

function withoutMetadataFrom(flat: readonly string[], first: number): Labels {
  const out = flat.slice(0, first)
  for (let i = first + 2; i < flat.length; i += 2) {
    const name = flat[i] as string
    if (!isMetadataLabel(name)) out.push(name, flat[i + 1] as string)
  }
  return Labels.fromSortedFlat(out)
}

/**
 * True when all label sets have the same metadata labels, so that dropping those cannot make two of them equal.
 */
export function shareMetadata(all: readonly Labels[]): boolean {
  const first = all[0]
  if (first === undefined) return true
  const expected = metadataOf(first)
  for (let i = 1; i < all.length; i++) {
    if (!hasMetadata(all[i] as Labels, expected)) return false
  }
  return true
}

function metadataOf(labels: Labels): string[] {
  const out: string[] = []
  for (let i = 0; i < labels.flat.length; i += 2) {
    const name = labels.flat[i] as string
    if (isMetadataLabel(name)) out.push(name, labels.flat[i + 1] as string)
  }
  return out
}

function hasMetadata(labels: Labels, expected: readonly string[]): boolean {
  const flat = labels.flat
  let at = 0
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    if (name.charCodeAt(0) > UNDERSCORE) break
    if (!isMetadataLabel(name)) continue
    if (expected[at] !== name || expected[at + 1] !== flat[i + 1]) return false
    at += 2
  }
  return at === expected.length
}

/** A label set with one label set, or removed when the value is ''. */
export function setLabel(labels: Labels, name: string, value: string): Labels {
  const flat = labels.flat
  let at = 0
  while (at < flat.length && (flat[at] as string) < name) at += 2
  const found = flat[at] === name
  if (found ? flat[at + 1] === value : value === '') return labels
  const out = flat.slice()
  if (value === '') out.splice(at, 2)
  else out.splice(at, found ? 2 : 0, name, value)
  return Labels.fromSortedFlat(out)
}

/** A string that is equal exactly for the label sets which belong together. */
export type KeyOf = (labels: Labels) => string

const SEPARATOR = '\uffff'

/** Key by the named labels only (`on`, `by`). */
export function keyOfOnly(names: readonly string[]): KeyOf {
  const sorted = [...new Set(names)].sort()
  const only = sorted[0]
  if (only === undefined) return () => ''
  if (sorted.length === 1) return (labels) => labels.get(only)
  return (labels) => {
    let key = labels.get(only)
    for (let i = 1; i < sorted.length; i++) key += SEPARATOR + labels.get(sorted[i] as string)
    return key
  }
}

/** Key by all labels but the named ones and the metric name (`ignoring`, `without`). */
export function keyOfAllBut(names: readonly string[]): KeyOf {
  const left = new Set(names)
  left.add('__name__')
  return (labels) => {
    const flat = labels.flat
    let key = ''
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      if (!left.has(name)) key += name + SEPARATOR + (flat[i + 1] as string) + SEPARATOR
    }
    return key
  }
}

/** Order of label sets in a range result (labels.Compare): by name, value, name, value, …; a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  const left = a.flat
  const right = b.flat
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    const x = left[i] as string
    const y = right[i] as string
    if (x !== y) return x < y ? -1 : 1
  }
  return left.length - right.length
}
