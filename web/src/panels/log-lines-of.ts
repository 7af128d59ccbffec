import type { JsonObject } from '../../../src/lang/dashboard/json-value.ts'
import { textOf } from '../../../src/lang/dashboard/json-value.ts'
import { compareNs, type LogLine } from '../logs/log-line.ts'

/** In order, without repetitions, and with JSON spread out, as the options of a logs panel want it. */
export function readLines(lines: readonly LogLine[], options: JsonObject): readonly LogLine[] {
  const sign = options['sortOrder'] === 'Ascending' ? 1 : -1
  const sorted = lines.toSorted((a, b) => sign * compareNs(a.timestampNs, b.timestampNs))
  const distinct = foldRepeated(sorted, textOf(options['dedupStrategy']) ?? 'none')
  return options['prettifyLogMessage'] === true ? distinct.map(spreadJson) : distinct
}

/** What of a text is compared, by Grafana's names of strategies: all but its times, its words, or its punctuation. */
const COMPARED: Readonly<Record<string, (text: string) => string>> = {
  exact: (text) =>
    text.replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, ''),
  numbers: (text) => text.replaceAll(/\d/g, ''),
  signature: (text) => text.replaceAll(/\w/g, ''),
}

/** Of lines that follow each other and say the same, the first, with how many they are. */
function foldRepeated(lines: readonly LogLine[], strategy: string): readonly LogLine[] {
  const compared = COMPARED[strategy]
  if (!compared) return lines
  const folded: { readonly line: LogLine; readonly key: string; times: number }[] = []
  for (const line of lines) {
    const key = compared(line.text)
    const last = folded.at(-1)
    if (last?.key === key) last.times++
    else folded.push({ line, key, times: 1 })
  }
  return folded.map(({ line, times }) => (times === 1 ? line : Object.assign({}, line, { times })))
}

function spreadJson(line: LogLine): LogLine {
  if (!line.text.trimStart().startsWith('{')) return line
  try {
    return { ...line, text: JSON.stringify(JSON.parse(line.text), null, 2) }
  } catch {
    return line
  }
}

/** The labels of streams that every line has with the same value. */
export function commonLabels(lines: readonly LogLine[]): readonly (readonly [string, string])[] {
  const streams = [...new Set(lines.map(({ stream }) => stream))]
  const [first, ...others] = streams
  return Object.entries(first ?? {}).filter(([name, value]) =>
    others.every((other) => other[name] === value),
  )
}
