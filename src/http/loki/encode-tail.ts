import type { Labels } from '../../model/labels.ts'
import type { TailEntry, TailPortion } from '../../query/logs/live-tail.ts'
import { encodeEntry, encodeLabels, mergeLabels } from './encode-result.ts'

export type EncodeTail = (
  portion: TailPortion,
  options: { readonly categorizes: boolean },
) => string

interface Run {
  readonly labels: Labels
  readonly entries: TailEntry[]
}

/** A message of a tail (Loki's marshal.EncodeTailResult). Lines keep their order: a stream is there each time it goes on. */
export const encodeTail: EncodeTail = ({ entries, dropped }, { categorizes }) => {
  const streams = runsOf(entries, categorizes).map(({ labels, entries: own }) => {
    const values = own.map((entry) => encodeEntry(entry, categorizes)).join(',')
    return `{"stream":${encodeLabels(labels)},"values":[${values}]}`
  })
  const left = dropped.map(
    ({ timestampNs, labels }) => `{"timestamp":"${timestampNs}","labels":${encodeLabels(labels)}}`,
  )
  const told = left.length === 0 ? '' : `,"dropped_entries":[${left.join(',')}]`
  const flags = categorizes ? ',"encodingFlags":["categorize-labels"]' : ''
  return `{"streams":[${streams.join(',')}]${told}${flags}}`
}

/** The form of `/api/prom/tail`: labels as text, times in RFC 3339. */
export const encodeTailLegacy: EncodeTail = ({ entries, dropped }) =>
  JSON.stringify({
    streams: runsOf(entries, false).map(({ labels, entries: own }) => ({
      labels: labels.toString(),
      entries: own.map(({ timestampNs, line }) => ({ ts: formatTime(timestampNs), line })),
    })),
    dropped_entries:
      dropped.length === 0
        ? null
        : dropped.map(({ timestampNs, labels }) => ({
            Timestamp: formatTime(timestampNs),
            Labels: labels.toString(),
          })),
  })

function runsOf(entries: readonly TailEntry[], categorizes: boolean): Run[] {
  const runs: Run[] = []
  for (const entry of entries) {
    const labels = categorizes ? entry.labels : mergeLabels(entry.labels, entry)
    const last = runs.at(-1)
    if (last?.labels.equals(labels) === true) last.entries.push(entry)
    else runs.push({ labels, entries: [entry] })
  }
  return runs
}

/** RFC 3339 with as many digits of the fraction as there are. */
function formatTime(timestampNs: bigint): string {
  const seconds = timestampNs / 1_000_000_000n
  const fraction = String(timestampNs % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`
}
