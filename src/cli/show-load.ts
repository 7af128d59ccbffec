import type { LoadResult, TracedRequest } from '../demo/drive-load.ts'
import { count } from './count.ts'
import { printable, truncate } from './printable.ts'
import type { Terminal } from './terminal.ts'

const REDRAW_MS = 500
/** Where nobody looks on: a line so often. */
const REPORT_MS = 10_000
const CLEAR = '\r\u001b[2K'

/** One line that tells how a load goes: rewritten on a terminal, else a line every ten seconds. On standard error. */
export class LoadLine {
  readonly #terminal: Terminal
  readonly #read: () => LoadResult
  #timer: NodeJS.Timeout | undefined
  #last = { requests: 0, atMs: performance.now() }

  constructor(terminal: Terminal, read: () => LoadResult) {
    this.#terminal = terminal
    this.#read = read
    this.#timer = setInterval(
      () => this.#draw(),
      terminal.isInteractive ? REDRAW_MS : REPORT_MS,
    ).unref()
  }

  end(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#terminal.isInteractive) this.#terminal.remark(CLEAR)
  }

  #draw(): void {
    const result = this.#read()
    const nowMs = performance.now()
    const rate = ((result.requests - this.#last.requests) * 1000) / (nowMs - this.#last.atMs)
    this.#last = { requests: result.requests, atMs: nowMs }
    const seconds = Math.floor((nowMs - result.startedMs) / 1000)
    const text = `${seconds} s · ${rate.toFixed(rate < 10 ? 1 : 0)} requests/s · ${describeCounts(result)} · ${describeQuantiles(result)}`
    const { isInteractive, columns } = this.#terminal
    this.#terminal.remark(isInteractive ? CLEAR + truncate(text, columns - 1) : `${text}\n`)
  }
}

/** What came of a load. Ends with a newline. */
export function describeLoad(result: LoadResult, program: string): string {
  const seconds = (performance.now() - result.startedMs) / 1000
  const statuses = [...result.byStatus].sort(([a], [b]) => a - b)
  const share = (n: number): string => `${((n * 100) / result.requests).toFixed(1)} %`
  const lines = [
    `${count(result.requests, 'request')} in ${seconds.toFixed(1)} s: ${(result.requests / seconds).toFixed(1)} requests/s, ${describeCounts(result)}`,
    `latency  ${describeQuantiles(result)} · longest ${shortMs(result.latencies.mostMs)}`,
    ...statuses.map(
      ([status, n]) => `  ${status}  ${String(n).padStart(7)}  ${share(n).padStart(7)}`,
    ),
  ]
  if (result.failures > 0)
    lines.push(`the last without an answer: ${printable(result.lastFailure)}`)
  lines.push(
    ...describeTraced('the slowest', result.slowest, program),
    ...describeTraced('the last error', result.lastError, program),
  )
  return `${lines.join('\n')}\n`
}

function describeCounts({ errors, failures }: LoadResult): string {
  const unanswered = failures > 0 ? ` · ${failures} without an answer` : ''
  return `${count(errors, 'error')}${unanswered}`
}

function describeQuantiles({ latencies }: LoadResult): string {
  return [50, 95, 99]
    .map((percent) => {
      const ms = latencies.quantileMs(percent / 100)
      return `p${percent} ${ms === undefined ? '-' : shortMs(ms)}`
    })
    .join(' · ')
}

function describeTraced(
  what: string,
  request: TracedRequest | undefined,
  program: string,
): string[] {
  if (request?.traceId === undefined || !/^[0-9a-f]{32}$/.test(request.traceId)) return []
  const { path, status, latencyMs, traceId } = request
  return [
    `${what}: GET ${path} ${status} in ${shortMs(latencyMs)}`,
    `  ${program} trace ${traceId}`,
  ]
}

function shortMs(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`
}
