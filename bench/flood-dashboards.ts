import { add } from './flood-tally.ts'

export interface Asked {
  readonly answered: number
  readonly medianMs: number
  /** Answers that are no success, by status. */
  readonly refused: ReadonlyMap<string, number>
  /** What they said, with its numbers left out. */
  readonly messages: ReadonlyMap<string, number>
}

interface Doors {
  readonly prometheus: string
  readonly loki: string
  readonly tempo: string
}

const HOUR_MS = 3_600_000

/** The panels of a dashboard, from cheap to heavy; `round` makes each question another one. */
function listPanels({ prometheus, loki, tempo }: Doors, round: number): readonly string[] {
  const endMs = Date.now()
  const inSeconds = (ms: number): string => String(Math.floor(ms / 1000))
  const metrics = (query: string): string =>
    `${prometheus}/api/v1/query_range?${new URLSearchParams({ query, start: inSeconds(endMs - HOUR_MS), end: inSeconds(endMs), step: '15' }).toString()}`
  const lines = (query: string, hours: number): string =>
    `${loki}/loki/api/v1/query_range?${new URLSearchParams({ query, start: `${endMs - hours * HOUR_MS}000000`, end: `${endMs}000000`, step: '60', limit: '100' }).toString()}`
  const traces = (path: string, q: string): string =>
    `${tempo}/api/${path}?${new URLSearchParams({ q, start: inSeconds(endMs - HOUR_MS), end: inSeconds(endMs), step: '60' }).toString()}`
  return [
    metrics(`sum by (instance) (rate(flood_steady_total[1m])) + ${round}`),
    metrics(`count(flood_fresh_total) + ${round}`),
    lines(`{job="flood", pod=~"pod-1|${round}"}`, 1),
    lines(`{job="flood"} |= "request handled" != "round ${round}"`, 1),
    lines(`sum by (app) (rate({job="flood", app!="${round}"}[1m]))`, 24),
    lines(`sum by (level) (count_over_time({job="flood", app!="${round}"} | json [1m]))`, 24),
    traces('search', `{ span.http.response.status_code = 500 && name != "${round}" }`),
    traces('metrics/query_range', `{ name != "${round}" } | rate() by (resource.service.name)`),
  ]
}

/** Some people with dashboards open: each asks for the next panel once the last one has been answered. */
export async function askDashboards(
  doors: Doors,
  { clients, untilMs }: { readonly clients: number; readonly untilMs: number },
): Promise<Asked> {
  const times: number[] = []
  const refused = new Map<string, number>()
  const messages = new Map<string, number>()
  let round = 0
  const ask = async (): Promise<void> => {
    while (Date.now() < untilMs) {
      for (const url of listPanels(doors, round++)) {
        if (Date.now() >= untilMs) return
        const begunMs = performance.now()
        const answer = await fetch(url)
        const text = await answer.text()
        if (answer.ok) times.push(performance.now() - begunMs)
        else {
          add(refused, String(answer.status))
          add(messages, text.replaceAll(/\d+(\.\d+)?/g, '#').slice(0, 300))
        }
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, ask))
  const medianMs = times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0
  return { answered: times.length, medianMs, refused, messages }
}
