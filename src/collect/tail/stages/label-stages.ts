import { Labels } from '../../../model/labels.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { isLabelName, readLabelSources } from './settings.ts'
import type { StageSpec } from './stage.ts'
import { textOf } from './value-text.ts'

/** `labels`: extracted values become labels. A value that is not there leaves the label as it is. */
export function readLabels(node: YamlNode): StageSpec['compile'] | undefined {
  const sources = readLabelSources(node)
  if (sources === undefined) return undefined
  return ({ labels: cache }) => ({
    step: (entry) => {
      let { labels } = entry
      for (const [name, source] of sources) {
        const value = textOf(entry.extracted.get(source))
        if (value !== undefined) labels = cache.with(labels, name, value)
      }
      entry.labels = labels
      return true
    },
  })
}

/**
 * `structured_metadata`: extracted values, or else labels, become structured metadata; a label of the source's name that has the same
 * value is taken away.
 */
export function readStructuredMetadata(node: YamlNode): StageSpec['compile'] | undefined {
  const sources = readLabelSources(node)
  if (sources === undefined) return undefined
  return ({ labels: cache }) => ({
    step: (entry) => {
      const pairs: [string, string][] = []
      let { labels } = entry
      for (const [name, source] of sources) {
        const own = labels.get(source)
        const value = textOf(entry.extracted.get(source)) ?? (own === '' ? undefined : own)
        if (value === undefined) continue
        pairs.push([name, value])
        if (own === value) labels = cache.without(labels, source)
      }
      entry.labels = labels
      if (pairs.length > 0) entry.metadata = joined(entry.metadata, pairs)
      return true
    },
  })
}

function joined(metadata: Labels, pairs: readonly (readonly [string, string])[]): Labels {
  if (metadata.size === 0) return Labels.fromPairs(pairs)
  return Labels.fromPairs([...Object.entries(metadata.toObject()), ...pairs])
}

/** `static_labels`: labels of fixed values; one without a value does nothing. */
export function readStaticLabels(node: YamlNode): StageSpec['compile'] | undefined {
  const map = node.asMap()
  if (map === undefined) {
    return node.isEmpty
      ? node.errorAtKey('needs at least one label, such as `env: prod`')
      : undefined
  }
  const fixed = map.entries().flatMap((entry): [string, string][] => {
    if (!isLabelName(entry.name)) {
      entry.errorAtKey('is no label name: letters, digits and _ are allowed, no digit first')
    }
    const value = entry.asString()
    return value === undefined || value === '' ? [] : [[entry.name, value]]
  })
  return ({ labels: cache }) => ({
    step: (entry) => {
      for (const [name, value] of fixed) entry.labels = cache.with(entry.labels, name, value)
      return true
    },
  })
}

function readNames(node: YamlNode): string[] | undefined {
  const names = node.asStrings()
  if (names !== undefined && names.length > 0) return names
  return node.isEmpty || names !== undefined
    ? node.errorAtKey('needs a list of label names')
    : undefined
}

/** `labeldrop`: takes these labels away. */
export function readLabelDrop(node: YamlNode): StageSpec['compile'] | undefined {
  const names = readNames(node)
  return (
    names &&
    (({ labels: cache }) => ({
      step: (entry) => {
        for (const name of names) entry.labels = cache.without(entry.labels, name)
        return true
      },
    }))
  )
}

/** `labelallow`: takes all other labels away. */
export function readLabelAllow(node: YamlNode): StageSpec['compile'] | undefined {
  const names = readNames(node)
  if (names === undefined) return undefined
  const allowed = new Set(names)
  return ({ labels: cache }) => ({
    step: (entry) => {
      const { flat } = entry.labels
      for (let i = 0; i < flat.length; i += 2) {
        const name = flat[i] as string
        if (!allowed.has(name)) entry.labels = cache.without(entry.labels, name)
      }
      return true
    },
  })
}
