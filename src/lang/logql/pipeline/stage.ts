import type { LineLabels } from './line-labels.ts'
import { PRESERVE_ERROR_LABEL } from './line-labels.ts'

/** The line that stages work on, one after the other. */
export interface LineInHand {
  text: string
  timestampNs: bigint
  readonly labels: LineLabels
}

/** A stage made ready: `run` says whether the line stays. */
export interface ReadyStage {
  run(line: LineInHand): boolean
  /** The labels that it looks at. */
  readonly needs: readonly string[]
}

/** A parser that only sees texts and labels. */
export function parserStage(parse: (text: string, labels: LineLabels) => void): ReadyStage {
  return {
    needs: [],
    run: ({ text, labels }) => {
      parse(text, labels)
      return true
    },
  }
}

/** The values of `__error__`. */
export type StageError =
  | 'JSONParserErr'
  | 'LogfmtParserErr'
  | 'LabelFilterErr'
  | 'TemplateFormatErr'
  | 'SampleExtractionErr'

/** Notes that a parser could not read a line. */
export function failParser(labels: LineLabels, error: StageError, details?: string): void {
  labels.fail(error, details)
  if (labels.hints.keepsErrors) labels.setParsed(PRESERVE_ERROR_LABEL, 'true')
}
