import { Labels } from '../../../model/labels.ts'
import type { LogBatch } from '../../../model/lines.ts'
import type { LineSelection, LinesSource } from '../../../store/lines-source.ts'
import { labelsWithEmpty } from '../../../lang/logql/pipeline/line-labels.ts'

/** A line to be found again. */
export interface MemoryLine {
  readonly labels: Readonly<Record<string, string>>
  readonly timestampNs: bigint
  readonly text: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** Lines in memory, for tests: what the engine would decide by needles is left to the query. */
export class MemoryLines implements Pick<LinesSource, 'lines'> {
  readonly #lines: MemoryLine[] = []

  add(lines: readonly MemoryLine[]): void {
    this.#lines.push(...lines)
  }

  async *lines({ matchers, startNs, endNs, direction }: LineSelection): AsyncGenerator<LogBatch> {
    const found = this.#lines.filter(
      ({ labels, timestampNs }) =>
        timestampNs >= startNs &&
        timestampNs < endNs &&
        matchers.every((each) => each.matches(labels[each.name] ?? '')),
    )
    const sign = direction === 'forward' ? 1 : -1
    found.sort((a, b) => sign * Number(a.timestampNs - b.timestampNs))
    // Two portions, so that what is between them is tested, too.
    const half = Math.ceil(found.length / 2)
    yield toBatch(found.slice(0, half))
    yield toBatch(found.slice(half))
  }
}

function toBatch(lines: readonly MemoryLine[]): LogBatch {
  const streams = lines.map(({ labels }) => Labels.from(labels))
  const metadata = lines.map(({ metadata: own }) => labelsWithEmpty(Object.entries(own ?? {})))
  const texts = lines.map(({ text }) => new TextEncoder().encode(text))
  const ends = new Uint32Array(lines.length)
  let end = 0
  for (const [i, text] of texts.entries()) ends[i] = end += text.length
  const bytes = new Uint8Array(end)
  for (const [i, text] of texts.entries()) bytes.set(text, (ends[i] ?? 0) - text.length)
  const index = Uint32Array.from(lines.keys())
  return {
    streams,
    streamIndex: index,
    timestampsNs: BigInt64Array.from(lines, ({ timestampNs }) => timestampNs),
    bytes,
    ends,
    metadata: [Labels.EMPTY, ...metadata],
    metadataIndex: index.map((i) => i + 1),
  }
}
