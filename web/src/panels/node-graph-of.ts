import type { DataFrame, Field } from '@grafana/data'
import { numberOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import type { Scheme } from '../charts/palette.ts'
import type { Graph, GraphEdge, GraphNode } from '../graph/graph-model.ts'
import { colorOfField, writeValue } from './field-style.ts'
import { grafanaTheme } from './frames/process-frames.ts'

/** A drawing of more is nothing that a person can read. */
export const MOST_NODES = 300
const ARC = 'arc__'

/** How Grafana's frames of nodes and edges are drawn, and how many nodes there are in all. */
export function nodeGraphOf(
  frames: readonly DataFrame[],
  scheme: Scheme,
): { readonly graph: Graph; readonly total: number } {
  // Grafana's own rule of which frame is which.
  const isEdges = (frame: DataFrame): boolean =>
    frame.name?.toLowerCase() === 'edges' || fieldOf(frame, 'source') !== undefined
  const edges = frames.filter(isEdges).flatMap((frame) => edgesOf(frame, scheme))
  const told = frames.filter((frame) => !isEdges(frame)).flatMap((frame) => nodesOf(frame, scheme))
  // A source may leave it to the edges to name the nodes.
  const nodes = told.length > 0 ? told : namedBy(edges)
  const shown = nodes.slice(0, MOST_NODES)
  const ids = new Set(shown.map(({ id }) => id))
  const drawn = edges.filter(({ source, target }) => ids.has(source) && ids.has(target))
  return { graph: { nodes: shown, edges: drawn }, total: nodes.length }
}

function fieldOf(frame: DataFrame, name: string): Field | undefined {
  return frame.fields.find((field) => field.name.toLowerCase() === name)
}

function textAt(field: Field | undefined, row: number): string {
  return textOf(field?.values[row]) ?? ''
}

/** A value with its unit; empty where there is none. */
function written(field: Field | undefined, row: number): string {
  const value: unknown = field?.values[row]
  return field === undefined || value === undefined || value === null || value === ''
    ? ''
    : writeValue(field, value)
}

function nodesOf(frame: DataFrame, scheme: Scheme): GraphNode[] {
  const of = (name: string): Field | undefined => fieldOf(frame, name)
  const [ids, titles, subtitles] = [of('id'), of('title'), of('subtitle')]
  const stats = [of('mainstat'), of('secondarystat')]
  const color = of('color')
  const arcs = frame.fields.filter(({ name }) => name.startsWith(ARC))
  const details = frame.fields.filter(({ name }) => name.startsWith('detail__'))
  return Array.from({ length: frame.length }, (_none, row): GraphNode => {
    const id = textAt(ids, row)
    const title = textAt(titles, row) || id
    const figures = stats.map((field) => written(field, row)).filter((text) => text !== '')
    const own = color && colorAt(color, row, scheme)
    const more = [...stats, ...arcs, ...details].flatMap((field) => describe(field, row))
    return {
      ...{ id, title, figures },
      subtitle: textAt(subtitles, row),
      shares: arcs.map((field) => ({
        share: Math.max(0, Math.min(1, numberOf(field.values[row]) ?? 0)),
        color: colorOfField(field, grafanaTheme(scheme)) ?? 'var(--v-accent)',
      })),
      ...(own === undefined ? {} : { color: own }),
      description: [title, ...more].join(', '),
    }
  })
}

function describe(field: Field | undefined, row: number): string[] {
  const text = written(field, row)
  if (field === undefined || text === '') return []
  const name = field.config.displayName ?? field.name.replace(/^\w+__/, '')
  return [`${name}: ${text}`]
}

function edgesOf(frame: DataFrame, scheme: Scheme): GraphEdge[] {
  const of = (name: string): Field | undefined => fieldOf(frame, name)
  const [ids, sources, targets] = [of('id'), of('source'), of('target')]
  const stats = [of('mainstat'), of('secondarystat')]
  const [color, thickness] = [of('color'), of('thickness')]
  return Array.from({ length: frame.length }, (_none, row): GraphEdge => {
    const own = color && colorAt(color, row, scheme)
    const wide = numberOf(thickness?.values[row])
    return {
      id: `${row} ${textAt(ids, row)}`,
      source: textAt(sources, row),
      target: textAt(targets, row),
      label: stats
        .map((field) => written(field, row))
        .filter((text) => text !== '')
        .join(' · '),
      ...(own === undefined ? {} : { color: own }),
      ...(wide === undefined ? {} : { thickness: Math.max(1, Math.min(12, wide)) }),
    }
  })
}

/** A colour by name, or that of a number by the thresholds of its field. */
function colorAt(field: Field, row: number, scheme: Scheme): string | undefined {
  const value: unknown = field.values[row]
  if (typeof value === 'number') return field.display?.(value).color
  return typeof value === 'string' && value !== ''
    ? grafanaTheme(scheme).visualization.getColorByName(value)
    : undefined
}

function namedBy(edges: readonly GraphEdge[]): GraphNode[] {
  const ids = new Set(edges.flatMap(({ source, target }) => [source, target]))
  return Array.from(ids, (id) => {
    return { id, title: id, subtitle: '', figures: [], shares: [], description: id }
  })
}
