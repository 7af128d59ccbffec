import type { Grouping, RangeAggregate, UnwrapConversion } from '../ast.ts'
import { checkAddresses, checkMatchers } from '../check-stage.ts'
import { parseBytes, parseGoDurationNs, parseGoFloat } from '../quantity.ts'
import { utf8Length } from '../../../model/go-notation.ts'
import { Labels } from '../../../model/labels.ts'
import { Problem } from '../../../model/problem.ts'
import { compileStages, runStages } from './compile.ts'
import { compileLabelFilter, namesOf } from './filter-label.ts'
import { labelsWithEmpty, LineLabels } from './line-labels.ts'
import { ParserHints } from './parser-hints.ts'
import type { LineInHand } from './stage.ts'

/** A number made of a line, and the labels of the series that it belongs to. */
export interface LineSample {
  readonly value: number
  /** Grouped as asked for; whole, with `__error__`, when a stage has marked the line. */
  readonly labels: Labels
}

/** A range aggregation's reader of lines. It keeps notes between lines: one serves one reader at a time. */
export interface Sampler {
  process(
    text: string,
    stream: Labels,
    structuredMetadata: Labels,
    timestampNs: bigint,
  ): LineSample | undefined
  /** Where the text of a line does not matter: the sample of a line of so many bytes, which need not be decoded. */
  readonly ofUnread:
    | ((stream: Labels, structuredMetadata: Labels, sizeBytes: number) => LineSample)
    | undefined
  /** The labels of a line that its sample depends on; undefined when those are all. */
  readonly looksAt: ReadonlySet<string> | undefined
}

/**
 * Makes ready what a range aggregation does with each line: its pipeline, then the value (1 for a line, its bytes, or the label of
 * `unwrap`). `outer` is the grouping of a `sum` around it, by which the labels can be grouped at once. Throws a `Problem` of code
 * `bad_data`.
 */
export function compileSampler(aggregate: RangeAggregate, outer?: Grouping): Sampler {
  const { range, op } = aggregate
  const grouping = outer ?? aggregate.grouping
  const stages = compileStages(range.log.stages)
  const value = range.unwrap ? undefined : lineValueOf(op)
  const unwrap = range.unwrap && compileUnwrap(range.unwrap)
  const isSingle =
    op === 'absent_over_time' ||
    (grouping !== undefined && !grouping.without && grouping.labels.length === 0)
  const group = new Group(isSingle, groupingOf(grouping, range.unwrap?.label))
  const needed = [...stages.flatMap((stage) => stage.needs), ...(unwrap?.needs ?? [])]
  const groups = grouping && !grouping.without ? grouping.labels : undefined
  const labels = new LineLabels(ParserHints.for({ needed, groups, isSingle }))
  const line: LineInHand = { text: '', timestampNs: 0n, labels }
  const isOfBytes = op === 'bytes_over_time' || op === 'bytes_rate'
  const ofUnread: Sampler['ofUnread'] = (stream, structuredMetadata, sizeBytes) => {
    labels.begin(stream, structuredMetadata)
    return { value: isOfBytes ? sizeBytes : 1, labels: group.of(labels, stream) }
  }
  return {
    ofUnread: stages.length === 0 && !unwrap ? ofUnread : undefined,
    looksAt: labels.hints.required,
    process(text, stream, structuredMetadata, timestampNs) {
      labels.begin(stream, structuredMetadata)
      line.text = text
      line.timestampNs = timestampNs
      if (!runStages(stages, line)) return undefined
      const own = unwrap ? unwrap.read(line) : value?.(line.text)
      return own === undefined ? undefined : { value: own, labels: group.of(labels, stream) }
    },
  }
}

function lineValueOf(op: RangeAggregate['op']): (text: string) => number {
  return op === 'bytes_over_time' || op === 'bytes_rate' ? utf8Length : () => 1
}

/** Without `by`, a series has all labels but the one that the value came from. */
function groupingOf(
  grouping: Grouping | undefined,
  unwrapped: string | undefined,
): Grouping | undefined {
  if (unwrapped === undefined) return grouping
  if (grouping && !grouping.without && grouping.labels.length > 0) return grouping
  return { without: true, labels: [...(grouping?.labels ?? []), unwrapped] }
}

/** Sets of labels are remembered by their values: so many, of such a length together. */
const MAX_KNOWN = 10_000
const MAX_KNOWN_LENGTH = 500

/** The labels of series: those of one set are one object, whatever line they come from. */
class Group {
  readonly #isSingle: boolean
  readonly #grouping: Grouping | undefined
  readonly #ofStreams = new WeakMap<Labels, Labels>()
  readonly #byValues = new Map<string, Labels>()

  constructor(isSingle: boolean, grouping: Grouping | undefined) {
    this.#isSingle = isSingle
    this.#grouping = grouping
  }

  of(labels: LineLabels, stream: Labels): Labels {
    if (labels.error !== '') return labels.all()
    if (this.#isSingle) return Labels.EMPTY
    if (!this.#grouping) return labels.all()
    if (!labels.isUntouched) {
      const { without, labels: names } = this.#grouping
      return without ? leaveOut(labels, names) : this.#keepOnly(labels, names)
    }
    let known = this.#ofStreams.get(stream)
    if (!known) {
      const names = new Set(this.#grouping.labels)
      known = this.#grouping.without ? stream.without(names) : stream.keep(names)
      this.#ofStreams.set(stream, known)
    }
    return known
  }

  #keepOnly(labels: LineLabels, names: readonly string[]): Labels {
    let key = ''
    for (const name of names) {
      const value = labels.get(name)
      key += value === undefined ? '\uffff' : `${value}\ufffe`
    }
    let known = this.#byValues.get(key)
    if (!known) {
      const kept = names.flatMap((name): [string, string][] => {
        const value = labels.get(name)
        return value === undefined ? [] : [[name, value]]
      })
      known = labelsWithEmpty(kept)
      if (key.length > MAX_KNOWN_LENGTH) return known
      if (this.#byValues.size >= MAX_KNOWN) this.#byValues.clear()
      this.#byValues.set(key, known)
    }
    return known
  }
}

function leaveOut(labels: LineLabels, names: readonly string[]): Labels {
  const kept: (readonly [string, string])[] = []
  for (const entry of labels.entries()) {
    if (!names.includes(entry[0])) kept.push(entry)
  }
  return labelsWithEmpty(kept)
}

function compileUnwrap(unwrap: NonNullable<RangeAggregate['range']['unwrap']>): {
  needs: readonly string[]
  read(line: LineInHand): number | undefined
} {
  for (const filter of unwrap.filters) {
    const [fault] = [...checkMatchers(filter), ...checkAddresses(filter)]
    if (fault) throw new Problem('bad_data', `parse error : ${fault.message}`)
  }
  const tests = unwrap.filters.map(compileLabelFilter)
  return {
    needs: [unwrap.label, ...unwrap.filters.flatMap(namesOf)],
    read({ labels }) {
      const text = labels.get(unwrap.label)
      if (text === undefined || text === '') return undefined
      const read = convert(text, unwrap.conversion)
      if ('fault' in read) labels.fail('SampleExtractionErr', read.fault)
      // Filters behind `unwrap` each see what the ones before them left, as one filter with `and` would.
      for (const test of tests) {
        if (!test(labels)) return undefined
      }
      return 'value' in read ? read.value : 0
    },
  }
}

function convert(
  text: string,
  conversion: UnwrapConversion | undefined,
): ReturnType<typeof parseGoFloat> {
  if (conversion === undefined) return parseGoFloat(text)
  if (conversion === 'bytes') return parseBytes(text)
  const read = parseGoDurationNs(text)
  return 'value' in read ? { value: read.value / 1e9 } : read
}
