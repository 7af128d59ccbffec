import { useQuery } from '@tanstack/react-query'
import { resolveDatasource, type Datasource } from '../../../src/lang/dashboard/datasource.ts'
import { formatForLogql, formatForPromql } from '../../../src/lang/dashboard/format-value.ts'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import { readIntervalMs } from '../../../src/lang/dashboard/interval.ts'
import { numberOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import type { AnnotationQuery } from '../../../src/lang/dashboard/model.ts'
import type { Scope } from '../../../src/lang/dashboard/scope.ts'
import { parseSample } from '../api/chart-data-of.ts'
import { labelsOf } from '../logs/log-line.ts'
import { linesOfFrames, toLineFrames } from '../panels/frames/line-frames.ts'
import type { AnnotationMark } from '../panels/panel-props.ts'
import type { ResolvedRange } from '../time/time-range.ts'
import { askQuery, type SourceAnswer } from './ask-source.ts'

/** Marks of one annotation query, and the panels that show them. */
export interface AnnotationLayer {
  readonly annotation: AnnotationQuery
  readonly marks: readonly AnnotationMark[]
}

export interface AnnotationsInput {
  readonly annotations: readonly AnnotationQuery[]
  readonly scope: Scope
  readonly range: ResolvedRange
  readonly datasources: readonly Datasource[]
  readonly isReady: boolean
}

const NO_LAYERS: readonly AnnotationLayer[] = []
const LEAST_STEP_MS = 15_000
/** More marks than pixels hide the data. */
const MOST_MARKS = 500

/** What the dashboard's annotation queries mark in its time range. One that fails marks nothing. */
export function useAnnotations(input: AnnotationsInput): readonly AnnotationLayer[] {
  const { annotations, scope, range, datasources, isReady } = input
  const asked = annotations.filter((one) => textOf(one.query['expr']) !== undefined && !one.builtIn)
  const sources = asked.map((one) => sourceOf(one, scope, datasources))
  const exprs = asked.map((one, i) => {
    const format = sources[i]?.type === 'loki' ? formatForLogql : formatForPromql
    return interpolate(textOf(one.query['expr']) ?? '', scope, format)
  })
  const { data } = useQuery({
    queryKey: ['annotations', exprs, asked.map((one) => one.name), range],
    queryFn: async ({ signal }) => {
      const layers = await Promise.allSettled(
        asked.map((one, i) => readLayer(one, exprs[i] ?? '', range, sources[i], signal)),
      )
      return layers.filter((one) => one.status === 'fulfilled').map((one) => one.value)
    },
    enabled: isReady && asked.length > 0,
    placeholderData: (previous) => previous,
    gcTime: 0,
  })
  return data ?? NO_LAYERS
}

async function readLayer(
  annotation: AnnotationQuery,
  expr: string,
  range: ResolvedRange,
  source: Datasource | undefined,
  signal: AbortSignal,
): Promise<AnnotationLayer> {
  if (source?.type === 'loki') return readLines(annotation, expr, range, source, signal)
  if (source?.type !== 'prometheus') return { annotation, marks: [] }
  const wantedMs = readIntervalMs(textOf(annotation.query['step']) ?? '') ?? 60_000
  const stepMs = Math.max(LEAST_STEP_MS, wantedMs, Math.ceil((range.toMs - range.fromMs) / 10_000))
  const { data } = await askQuery(
    { source, expr, startMs: range.fromMs, endMs: range.toMs, stepMs },
    signal,
  )
  return { annotation, marks: marksOf(data, annotation, stepMs) }
}

/** The source of an annotation, which may name a variable. */
function sourceOf(
  { datasource }: AnnotationQuery,
  scope: Scope,
  datasources: readonly Datasource[],
): Datasource | undefined {
  if (datasource?.uid === undefined) return resolveDatasource(datasource, datasources)
  return resolveDatasource({ ...datasource, uid: interpolate(datasource.uid, scope) }, datasources)
}

/** Each line that a LogQL query finds is a mark. */
async function readLines(
  annotation: AnnotationQuery,
  expr: string,
  { fromMs, toMs }: ResolvedRange,
  source: Datasource,
  signal: AbortSignal,
): Promise<AnnotationLayer> {
  const { query } = annotation
  const limit = Math.min(MOST_MARKS, numberOf(query['maxLines']) ?? MOST_MARKS)
  const { data } = await askQuery(
    {
      ...{ source, expr, startMs: fromMs, endMs: toMs, stepMs: Math.max(1, toMs - fromMs) },
      lines: { limit, direction: 'backward' },
    },
    signal,
  )
  if (data.resultType !== 'streams') return { annotation, marks: [] }
  const marks = linesOfFrames(toLineFrames(data.result, 'Anno')).map((line) => {
    const labels = labelsOf(line)
    return {
      fromMs: line.timeMs,
      toMs: line.timeMs,
      color: annotation.iconColor,
      title: writeText(query['titleFormat'], labels, annotation.name),
      text: writeText(query['textFormat'], labels, line.text),
    }
  })
  return { annotation, marks }
}

/** A text with `{{label}}` filled in. */
function writeText(
  format: unknown,
  labels: Readonly<Record<string, string>>,
  otherwise: string,
): string {
  const text = textOf(format) ?? ''
  if (text === '') return otherwise
  return text.replaceAll(/\{\{\s*(.+?)\s*\}\}/g, (_all, name: string) => labels[name] ?? '')
}

/** A mark where a series is not 0; neighbouring ones are one stretch of time. */
export function marksOf(
  data: SourceAnswer['data'],
  annotation: AnnotationQuery,
  stepMs: number,
): AnnotationMark[] {
  if (data.resultType !== 'matrix') return []
  const usesValue =
    annotation.query['useValueForTime'] === true || annotation.query['useValueForTime'] === 'on'
  return data.result
    .flatMap(({ metric, values }) => {
      const title = writeText(annotation.query['titleFormat'], metric, annotation.name)
      const text = writeText(annotation.query['textFormat'], metric, '')
      const marks: AnnotationMark[] = []
      for (const point of values) {
        const value = parseSample(point)
        if (!(value > 0)) continue
        const atMs = usesValue ? value : point[0] * 1000
        const last = marks.at(-1)
        if (last && !usesValue && atMs - last.toMs <= stepMs) {
          marks[marks.length - 1] = { ...last, toMs: atMs }
        } else {
          marks.push({ fromMs: atMs, toMs: atMs, title, text, color: annotation.iconColor })
        }
      }
      return marks
    })
    .slice(0, MOST_MARKS)
}
