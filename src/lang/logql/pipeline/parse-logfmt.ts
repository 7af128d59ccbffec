import type { LogfmtParser } from '../ast.ts'
import { parseLogfmtKey } from '../extraction-path.ts'
import { EXTRACTED, toLabelName, type LineLabels } from './line-labels.ts'
import { LogfmtDecoder } from './logfmt-decoder.ts'
import { failParser, parserStage, type ReadyStage } from './stage.ts'

/** `| logfmt`, with its flags, and with single labels where some are named. */
export function logfmtStage(parser: LogfmtParser): ReadyStage {
  return parser.extractions.length > 0 ? extractionStage(parser) : allStage(parser)
}

function failWhenStrict(strict: boolean, decoder: LogfmtDecoder, labels: LineLabels): void {
  if (strict && decoder.fault !== undefined) failParser(labels, 'LogfmtParserErr', decoder.fault)
}

function allStage({ strict, keepEmpty }: LogfmtParser): ReadyStage {
  const decoder = new LogfmtDecoder()
  return parserStage((text, labels) => {
    const { hints } = labels
    if (hints.isDone) return
    decoder.begin(text)
    while (!decoder.isAtEnd) {
      if (!decoder.next()) {
        if (strict) break
        continue
      }
      let name = toLabelName(decoder.key)
      if (name === '') continue
      if (labels.isTaken(name)) name += EXTRACTED
      if (!hints.wants(name) || (decoder.value === '' && !keepEmpty)) continue
      labels.setParsed(name, decoder.value.replaceAll('\ufffd', ' '))
      if (hints.hasAll) break
    }
    failWhenStrict(strict, decoder, labels)
  })
}

function extractionStage({ strict, extractions }: LogfmtParser): ReadyStage {
  const labelsByKey = new Map<string, string>()
  for (const { label, expression } of extractions)
    labelsByKey.set(parseLogfmtKey(expression), label)
  const own = new Set(extractions.map(({ label }) => label))
  const decoder = new LogfmtDecoder()
  return parserStage((text, labels) => {
    const { hints } = labels
    if (hints.isDone) return
    for (const label of own) {
      if (!labels.isTaken(label)) labels.setParsed(label, '')
    }
    decoder.begin(text)
    while (!decoder.isAtEnd) {
      if (!decoder.next()) {
        if (strict) break
        continue
      }
      const key = toLabelName(decoder.key)
      const label = labelsByKey.get(key) ?? (own.has(key) ? key : undefined)
      if (label === undefined) continue
      let name = label
      if (labels.isTaken(label)) {
        name = label + EXTRACTED
        if (!hints.wants(name)) break
      }
      labels.setParsed(name, decoder.value.includes('\ufffd') ? '' : decoder.value)
      if (hints.hasAll) break
    }
    failWhenStrict(strict, decoder, labels)
  })
}
