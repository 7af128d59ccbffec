import http from 'node:http'
import { total, type Tally } from './flood-tally.ts'

/** Items by the minute (Unix time) of their time. */
type ByMinute = ReadonlyMap<number, number>

const ATTEMPTS = 20

/** So much of a minute is counted at a time: millions of lines that may have been sent twice do not fit into the memory of one query. */
const PIECE_S = 5

/** Lines that LogQL counts, minute by minute: the last window ends with its minute. */
export async function countLines(url: string, tally: Tally | undefined): Promise<ByMinute> {
  return byMinute(tally, async (minuteEndS) => {
    let sum = 0
    for (let endS = minuteEndS - 60 + PIECE_S; endS <= minuteEndS; endS += PIECE_S) {
      const query = `sum(count_over_time({job="flood"}[${PIECE_S}s]))`
      const parameters = new URLSearchParams({ query, time: `${endS}000000000` })
      sum += vectorValue(await getText(`${url}/loki/api/v1/query?${parameters.toString()}`))
    }
    return sum
  })
}

/** Samples of a metric that PromQL counts. */
export async function countSamples(
  url: string,
  metric: string,
  tally: Tally | undefined,
): Promise<ByMinute> {
  return byMinute(tally, async (endS) => {
    const query = `sum(count_over_time(${metric}[1m]))`
    const parameters = new URLSearchParams({ query, time: String(endS) })
    return vectorValue(await getText(`${url}/api/v1/query?${parameters.toString()}`))
  })
}

/**
 * All spans, asked of the engine itself, because TraceQL reads whole traces. They are not told apart by minute: those of one request
 * begin over some seconds.
 */
export async function countSpans(socketPath: string, tally: Tally | undefined): Promise<ByMinute> {
  if (tally === undefined || total(tally.acknowledged) === 0) return new Map()
  const count = Number(await askEngine(socketPath, 'SELECT count() FROM vedette.spans'))
  return new Map([[0, count]])
}

/** How many acknowledged items are not there. Unacknowledged ones may be there: their answer was lost. */
export function describeLoss(
  tally: Tally,
  there: ByMinute,
): { readonly missing: number; readonly text: string } {
  const minutes = [...tally.acknowledged].filter(([at, count]) => (there.get(at) ?? 0) < count)
  const missing = minutes.reduce((sum, [at, count]) => sum + count - (there.get(at) ?? 0), 0)
  const places = `${minutes.length} of ${tally.acknowledged.size} minutes`
  const text = missing === 0 ? '0' : `${missing} in ${places}`
  return { missing, text }
}

async function byMinute(
  tally: Tally | undefined,
  count: (endS: number) => Promise<number>,
): Promise<ByMinute> {
  const counts = new Map<number, number>()
  if (tally === undefined || total(tally.acknowledged) === 0) return counts
  for (const minute of [...tally.acknowledged.keys()].sort((a, b) => a - b))
    counts.set(minute, await count((minute + 1) * 60))
  return counts
}

/** While memory is short, a question may be refused for a moment. */
async function getText(url: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url)
    const text = await answer.text()
    if (answer.ok) return text
    if (attempt === ATTEMPTS) throw new Error(`${url}: ${answer.status} ${text.slice(0, 300)}`)
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}

/** The value of a vector's only element; 0 for an empty one. */
function vectorValue(text: string): number {
  const value = /"value":\[[^,]+,"([^"]+)"\]/.exec(text)?.[1]
  return value === undefined ? 0 : Number(value)
}

function askEngine(socketPath: string, sql: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, path: '/', method: 'POST' }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(text.trim()) : reject(new Error(text.slice(0, 300))),
      )
    })
    request.on('error', reject)
    request.end(sql)
  })
}
