import type { Stage } from '../ast.ts'
import { checkStage, checkStageToRun } from '../check-stage.ts'
import type { Labels } from '../../../model/labels.ts'
import { Problem } from '../../../model/problem.ts'
import { dropStage, keepStage } from './choose-labels.ts'
import { jsonExtractionStage } from './extract-json.ts'
import { labelFilterStage } from './filter-label.ts'
import { lineFilterStage } from './filter-line.ts'
import { decolorizeStage, labelFormatStage, lineFormatStage } from './format.ts'
import { LineLabels } from './line-labels.ts'
import { jsonStage } from './parse-json.ts'
import { logfmtStage } from './parse-logfmt.ts'
import { patternStage, regexpStage } from './parse-text.ts'
import { ParserHints } from './parser-hints.ts'
import type { LineInHand, ReadyStage } from './stage.ts'
import { unpackStage } from './unpack.ts'

/** What a pipeline made of a line. */
export interface PipelineLine {
  readonly line: string
  /** What is left of the labels of the stream. */
  readonly stream: Labels
  readonly structuredMetadata: Labels
  /** Labels that stages made, `__error__` and `__error_details__` among them. */
  readonly parsed: Labels
}

/** A pipeline ready for lines. It keeps notes between them: one pipeline serves one reader at a time. */
export interface Pipeline {
  /** The line as the pipeline leaves it; undefined when it lets it fall. `timestampNs` is Unix nanoseconds. */
  process(
    text: string,
    stream: Labels,
    structuredMetadata: Labels,
    timestampNs: bigint,
  ): PipelineLine | undefined
}

/** Makes the stages of a log query ready. Throws a `Problem` of code `bad_data`, in Loki's words, when one cannot be. */
export function compilePipeline(stages: readonly Stage[]): Pipeline {
  const ready = compileStages(stages)
  const line: LineInHand = { text: '', timestampNs: 0n, labels: new LineLabels(ParserHints.all()) }
  return {
    process(text, stream, structuredMetadata, timestampNs) {
      const { labels } = line
      labels.begin(stream, structuredMetadata)
      line.text = text
      line.timestampNs = timestampNs
      if (!runStages(ready, line)) return undefined
      return {
        line: line.text,
        stream: labels.stream(),
        structuredMetadata: labels.metadata(),
        parsed: labels.parsed(),
      }
    },
  }
}

export function runStages(stages: readonly ReadyStage[], line: LineInHand): boolean {
  for (const stage of stages) {
    if (!stage.run(line)) return false
  }
  return true
}

/** The stages made ready, line filters before the parsers that do not change the line. */
export function compileStages(stages: readonly Stage[]): ReadyStage[] {
  for (const stage of stages) {
    const [fault] = [...checkStage(stage), ...checkStageToRun(stage)]
    if (fault) throw new Problem('bad_data', `parse error : ${fault.message}`)
  }
  return putLineFiltersFirst(stages).map(compileStage)
}

/** Parsers that leave the line as it is, and whose errors do not keep a line that a line filter takes away. */
const KEEPS_LINE: ReadonlySet<Stage['kind']> = new Set<Stage['kind']>([
  ...(['json', 'logfmt', 'regexp', 'pattern', 'label_format', 'drop', 'keep'] as const),
])

function putLineFiltersFirst(stages: readonly Stage[]): Stage[] {
  const ordered: Stage[] = []
  for (const stage of stages) {
    let at = ordered.length
    if (stage.kind === 'line_filter') {
      while (at > 0 && KEEPS_LINE.has(ordered[at - 1]?.kind ?? 'unpack')) at--
    }
    ordered.splice(at, 0, stage)
  }
  return ordered
}

function compileStage(stage: Stage): ReadyStage {
  switch (stage.kind) {
    case 'line_filter':
      return lineFilterStage(stage)
    case 'json':
      return stage.extractions.length > 0 ? jsonExtractionStage(stage.extractions) : jsonStage()
    case 'logfmt':
      return logfmtStage(stage)
    case 'regexp':
      return regexpStage(stage.text)
    case 'pattern':
      return patternStage(stage.text)
    case 'unpack':
      return unpackStage()
    case 'label_filter':
      return labelFilterStage(stage.filter)
    case 'line_format':
      return lineFormatStage(stage.template)
    case 'label_format':
      return labelFormatStage(stage.formats)
    case 'decolorize':
      return decolorizeStage()
    case 'drop':
      return dropStage(stage.labels)
    case 'keep':
      return keepStage(stage.labels)
    default:
      return stage satisfies never
  }
}
