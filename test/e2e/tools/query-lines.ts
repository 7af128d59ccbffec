import { parseJson } from '../../house/parse-json.ts'
import type { Server } from '../server.ts'

/** A line as the Loki API answers it; its labels are those of the stream with its structured metadata. */
export interface FoundLine {
  readonly timestampNs: bigint
  readonly line: string
  readonly labels: Readonly<Record<string, string>>
}

interface StreamsAnswer {
  readonly data: {
    readonly result: readonly {
      readonly stream: Record<string, string>
      readonly values: readonly (readonly [string, string])[]
    }[]
  }
}

function isAnswer(json: unknown): json is StreamsAnswer {
  return typeof json === 'object' && json !== null && 'data' in json
}

/** The lines of a query of the last hours, the oldest first; lines of one stream and time stay in the order of the answer. */
export async function queryLines(server: Pick<Server, 'url'>, query: string): Promise<FoundLine[]> {
  const nowMs = Date.now()
  const params = new URLSearchParams({
    query,
    direction: 'forward',
    limit: '5000',
    start: String((nowMs - 3 * 3_600_000) * 1e6),
    end: String((nowMs + 600_000) * 1e6),
  })
  const answer = await fetch(`${server.url('loki')}/loki/api/v1/query_range?${params}`, {
    signal: AbortSignal.timeout(30_000),
  })
  if (!answer.ok) throw new Error(`${query}: ${answer.status} ${await answer.text()}`)
  const { data } = parseJson(await answer.text(), isAnswer)
  return data.result
    .flatMap(({ stream, values }) =>
      values.map(([time, line]) => ({ timestampNs: BigInt(time), line, labels: stream })),
    )
    .sort((a, b) => Number(a.timestampNs - b.timestampNs))
}
